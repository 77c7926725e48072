/* Ranges along the time, on a canvas. */

const AXIS = 24;
const LANE = 30;
const BAR = 20;
const OVERVIEW = 10;

const STEPS = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
    900, 1800, 3600, 7200, 14400, 43200, 86400,
];

function tickStep(secondsPerPixel) {
    const least = secondsPerPixel * 80;
    return STEPS.find((step) => step >= least) ?? 86400 * 2 ** Math.ceil(Math.log2(least / 86400));
}

function tickDigits(step) {
    return step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
}

/** The stretch of time that is shown, shared by all results of a file. */
function createView(whole) {
    const listeners = [];
    const view = { whole, from: whole.from, to: whole.to };
    view.listen = (listener) => listeners.push(listener);
    view.set = (from, to) => {
        const length = Math.min(Math.max(to - from, 0.001), whole.to - whole.from);
        view.from = Math.min(Math.max(from, whole.from), whole.to - length);
        view.to = view.from + length;
        listeners.forEach((listener) => listener());
    };
    view.isWhole = () => view.from <= whole.from && view.to >= whole.to;
    view.zoom = (factor, centre = (view.from + view.to) / 2) =>
        view.set(centre - (centre - view.from) * factor, centre + (view.to - centre) * factor);
    view.pan = (share) => {
        const by = (view.to - view.from) * share;
        view.set(view.from + by, view.to + by);
    };
    view.all = () => view.set(whole.from, whole.to);
    return view;
}

function controls(view) {
    const shown = h("output", { "aria-live": "polite" });
    const say = () => (shown.textContent = `${clock(view.from)} – ${clock(view.to)}`);
    view.listen(say);
    say();
    return h(
        "div",
        { class: "controls", role: "group", "aria-label": "Time shown" },
        button("+", "Zoom in", () => view.zoom(0.5)),
        button("−", "Zoom out", () => view.zoom(2)),
        button("←", "Earlier", () => view.pan(-0.5)),
        button("→", "Later", () => view.pan(0.5)),
        button("Whole file", "Show the whole file", view.all),
        shown,
    );
}

const KEYS = {
    "+": (view) => view.zoom(0.5),
    "=": (view) => view.zoom(0.5),
    "-": (view) => view.zoom(2),
    0: (view) => view.all(),
    Home: (view) => view.set(view.whole.from, view.whole.from + view.to - view.from),
    End: (view) => view.set(view.whole.to - view.to + view.from, view.whole.to),
    ArrowLeft: (view) => view.pan(-0.1),
    ArrowRight: (view) => view.pan(0.1),
    PageUp: (view) => view.pan(-1),
    PageDown: (view) => view.pan(1),
};

function timeline(ranges, lanes, view) {
    const canvas = h("canvas", {
        tabindex: "0",
        role: "application",
        "aria-roledescription": "timeline",
        "aria-describedby": "keys",
    });
    const heads = lanes.map((lane) => laneHead(lane));
    const heading = h("ul", { "aria-label": "Labels" }, heads);
    heading.style.paddingTop = `${AXIS}px`;
    const tip = h("div", { class: "tip", hidden: true });
    const place = h("div", { class: "timeline" }, heading, canvas, tip);
    const draw = () => drawTimeline(canvas, heads, ranges, lanes, view);
    new ResizeObserver(() => requestAnimationFrame(draw)).observe(canvas);
    view.listen(() => {
        tip.hidden = true;
        draw();
    });
    redraws.push(draw);
    listenToTimeline(canvas, view, (event) => showTip(event, canvas, tip, ranges, lanes, view));
    canvas.addEventListener("pointerleave", () => (tip.hidden = true));
    return place;
}

function laneHead(lane) {
    const swatch = h("i", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = lane.colour;
    const head = h(
        "li",
        { title: `${lane.label}: ${counted(lane.count, "range")}` },
        swatch,
        h("span", null, labelText(lane.label)),
        h("small", null, format(lane.count)),
    );
    head.style.height = `${LANE}px`;
    return head;
}

function listenToTimeline(canvas, view, hover) {
    const timeAt = (event) => {
        const box = canvas.getBoundingClientRect();
        return view.from + ((event.clientX - box.left) / box.width) * (view.to - view.from);
    };
    let last = null;
    canvas.addEventListener("pointerdown", (event) => {
        last = event.clientX;
        canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
        if (last === null) {
            hover(event);
            return;
        }
        view.pan((last - event.clientX) / canvas.clientWidth);
        last = event.clientX;
    });
    const release = () => (last = null);
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener(
        "wheel",
        (event) => {
            const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
            // Nothing to zoom out of: the page scrolls on.
            if (view.isWhole() && (sideways || event.deltaY > 0)) {
                return;
            }
            event.preventDefault();
            if (sideways) {
                view.pan((event.deltaX || event.deltaY) / canvas.clientWidth);
            } else {
                view.zoom(2 ** (Math.max(-200, Math.min(200, event.deltaY)) / 200), timeAt(event));
            }
        },
        { passive: false },
    );
    canvas.addEventListener("dblclick", (event) => view.zoom(0.5, timeAt(event)));
    canvas.addEventListener("keydown", (event) => {
        const act = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
        if (act) {
            event.preventDefault();
            act(view);
        }
    });
}

/** Draws the axis, the lanes and, below, which part of the whole is shown. */
function drawTimeline(canvas, heads, ranges, lanes, view) {
    const width = canvas.clientWidth;
    const height = AXIS + lanes.length * LANE + OVERVIEW;
    canvas.style.height = `${height}px`;
    if (width === 0) {
        return;
    }
    const density = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    const brush = canvas.getContext("2d");
    brush.scale(density, density);
    const line = colourOf("--line", canvas);
    const { fontFamily } = getComputedStyle(canvas);
    drawAxis(brush, view, width, height, colourOf("--soft", canvas), line, fontFamily);
    lanes.forEach((each, at) => {
        brush.fillStyle = getComputedStyle(heads[at].querySelector(".swatch")).backgroundColor;
        const top = AXIS + at * LANE + (LANE - BAR) / 2;
        drawLane(brush, ranges, each, view, width, top);
    });
    const { whole } = view;
    const scale = width / (whole.to - whole.from);
    brush.fillStyle = line;
    brush.fillRect(0, height - 5, width, 4);
    brush.fillStyle = colourOf("--accent", canvas);
    const shown = Math.max(3, (view.to - view.from) * scale);
    brush.fillRect((view.from - whole.from) * scale, height - 5, shown, 4);
    const what = lanes.map((each) => `${labelText(each.label)} ${each.count}`).join(", ");
    const label = `Timeline from ${clock(view.from)} to ${clock(view.to)}. Ranges: ${what}`;
    canvas.setAttribute("aria-label", label);
}

/** A colour of the style sheet as canvases take it, for the scheme in use. */
function colourOf(name, element) {
    const probe = h("i", { hidden: true });
    probe.style.color = `var(${name})`;
    element.after(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
}

function drawAxis(brush, view, width, height, ink, line, font) {
    const perPixel = (view.to - view.from) / width;
    const step = tickStep(perPixel);
    brush.font = `11px ${font}`;
    brush.textBaseline = "middle";
    const first = Math.ceil(view.from / step);
    for (let at = first; at * step <= view.to; at += 1) {
        const x = Math.round((at * step - view.from) / perPixel) + 0.5;
        brush.fillStyle = line;
        brush.fillRect(x, AXIS - 6, 1, height - AXIS - 4);
        const text = clock(at * step, tickDigits(step));
        const room = brush.measureText(text).width;
        brush.fillStyle = ink;
        brush.fillText(text, Math.max(0, Math.min(width - room, x - room / 2)), 9);
    }
}

/** So many ranges in a lane are drawn one by one; more, a pixel at a time. */
const SINGLE = 1500;

function drawLane(brush, ranges, lane, view, width, top) {
    const scale = width / (view.to - view.from);
    const inView = [];
    // What each pixel column gains or loses in ranges over the one before it.
    let steps = null;
    const left = (index) => Math.max(0, (ranges.start[index] - view.from) * scale);
    const right = (index) => Math.min(width, (ranges.end[index] - view.from) * scale);
    const cover = (index) => {
        const first = Math.min(width - 1, Math.floor(left(index)));
        steps[first] += 1;
        steps[Math.max(first + 1, Math.ceil(right(index)))] -= 1;
    };
    eachWithin(ranges, lane, view.from, view.to, (index) => {
        if (steps) {
            cover(index);
        } else if (inView.push(index) > SINGLE) {
            steps = new Int32Array(width + 2);
            inView.forEach(cover);
        }
    });
    if (steps) {
        drawColumns(brush, steps, width, top);
    } else {
        inView.forEach((index) => {
            drawBar(brush, left(index), right(index), top, ranges.confidence?.[index]);
        });
    }
}

/** A bar as high as the confidence, if there is one, with a gap to the next. */
function drawBar(brush, left, right, top, confidence) {
    const share = Number.isFinite(confidence) ? Math.max(0.2, Math.min(1, confidence)) : 1;
    const gap = right - left > 4 ? 1 : 0;
    const length = Math.max(1, right - left - gap);
    brush.fillRect(left, top + BAR * (1 - share), length, BAR * share);
}

function drawColumns(brush, steps, width, top) {
    let depth = 0;
    let began = 0;
    for (let x = 0; x <= width; x += 1) {
        const before = depth;
        depth = x === width ? 0 : depth + steps[x];
        if (before === 0 && depth > 0) {
            began = x;
        } else if (before > 0 && depth === 0) {
            brush.fillRect(began, top, x - began, BAR);
        }
    }
}

/** The range under the pointer: of several, the one that began last. */
function rangeAt(ranges, lane, view, x, width) {
    const perPixel = (view.to - view.from) / width;
    const time = view.from + x * perPixel;
    let found = null;
    eachWithin(ranges, lane, time - perPixel, time + perPixel, (index) => {
        const inside = ranges.start[index] <= time && ranges.end[index] >= time;
        if (inside || found === null) {
            found = index;
        }
    });
    return found;
}

function showTip(event, canvas, tip, ranges, lanes, view) {
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const lane = lanes[Math.floor((event.clientY - box.top - AXIS) / LANE)];
    const index = lane ? rangeAt(ranges, lane, view, x, box.width) : null;
    tip.hidden = index === null;
    if (index === null) {
        return;
    }
    tip.replaceChildren(...tipLines(ranges, index));
    const place = tip.parentElement.getBoundingClientRect();
    const left = event.clientX - place.left + 12;
    tip.style.left = `${Math.max(0, Math.min(left, place.width - tip.offsetWidth))}px`;
    tip.style.top = `${event.clientY - place.top + 16}px`;
}

function tipLines(ranges, index) {
    const start = ranges.start[index];
    const end = ranges.end[index];
    const confidence = ranges.confidence?.[index];
    const more = ranges.more?.[index];
    return [
        h("b", null, labelText(ranges.labels[ranges.label[index]])),
        h("span", null, `${clock(start)} – ${clock(end)}, ${lengthText(start, end)}`),
        typeof confidence === "number" ? h("span", null, `confidence ${confidence}`) : null,
        more ? h("span", { class: "soft" }, more.slice(0, 200)) : null,
    ].filter(Boolean);
}

function lengthText(start, end) {
    return `${Number((end - start).toFixed(3))} s`;
}
