/* The ranges of a result: by label, by time, and as a table. */

const LANES = 12;

/** Indices in the order of their starts, with the latest end so far. */
function indexed(ranges, indices) {
    const { start, end } = ranges;
    const order = Uint32Array.from(indices).sort((a, b) => start[a] - start[b] || a - b);
    const reach = new Float64Array(order.length);
    let latest = -Infinity;
    order.forEach((index, at) => {
        latest = Math.max(latest, end[index]);
        reach[at] = latest;
    });
    return { order, reach };
}

/** The first place of a sorted sequence for which a test holds. */
function firstWhere(length, test) {
    let low = 0;
    let high = length;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (test(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/** Calls with each range that is seen between two times, in order. */
function eachWithin(ranges, { order, reach }, from, to, call) {
    const first = firstWhere(order.length, (at) => reach[at] >= from);
    for (let at = first; at < order.length && ranges.start[order[at]] <= to; at += 1) {
        if (ranges.end[order[at]] >= from) {
            call(order[at]);
        }
    }
}

/** A lane for each label; the rarest share one if there are too many. */
function lanesOf(ranges) {
    const groups = ranges.labels.map((label) => ({ label, indices: [] }));
    ranges.label.forEach((label, index) => groups[label].indices.push(index));
    const used = groups.filter((group) => group.indices.length > 0);
    used.sort((a, b) => b.indices.length - a.indices.length);
    const lanes = used.slice(0, used.length > LANES ? LANES - 1 : LANES);
    const rest = used.slice(lanes.length);
    lanes.sort((a, b) => labelRank(a.label) - labelRank(b.label));
    if (rest.length) {
        const indices = rest.flatMap((group) => group.indices);
        lanes.push({
            label: `${format(rest.length)} others`,
            indices,
            colour: "var(--soft)",
        });
    }
    const colours = coloursOf(lanes.map((lane) => lane.label));
    return lanes.map(({ label, indices, colour }) => ({
        label,
        count: indices.length,
        colour: colour ?? colours.get(label),
        ...indexed(ranges, indices),
    }));
}

/** The ranges in view as rows. Counted first, and only a page is made. */
function rangeTable(ranges, lanes, view) {
    const all = indexed(ranges, ranges.start.keys());
    const place = h("div");
    const show = () => {
        const inView = [];
        eachWithin(ranges, all, view.from, view.to, (index) => inView.push(index));
        const count = `${format(inView.length)} of ${counted(ranges.start.length, "range")} in view`;
        place.replaceChildren(
            h("p", { class: "soft", role: "status" }, count),
            inView.length ? rangeRows(ranges, lanes, inView, view) : "",
        );
    };
    view.listen(later(show));
    show();
    return place;
}

function rangeRows(ranges, lanes, inView, view) {
    const colours = new Map(lanes.map((lane) => [lane.label, lane.colour]));
    const heads = [["Start", "number"], ["End", "number"], ["Length", "number"], ["Label"]];
    const hasMore = Object.keys(ranges.more ?? {}).length > 0;
    if (ranges.confidence) {
        heads.push(["Confidence", "number"]);
    }
    if (hasMore) {
        heads.push(["More"]);
    }
    const row = (index) => {
        const start = ranges.start[index];
        const end = ranges.end[index];
        const label = ranges.labels[ranges.label[index]];
        const margin = Math.max((end - start) / 2, 0.05);
        const cells = [
            button(
                clock(start),
                `Zoom to ${clock(start)}`,
                () => view.set(start - margin, end + margin),
                {
                    class: "link",
                },
            ),
            clock(end),
            lengthText(start, end),
            [laneSwatch(colours.get(label)), " ", labelText(label)],
        ];
        if (ranges.confidence) {
            cells.push(ranges.confidence[index] ?? "");
        }
        if (hasMore) {
            cells.push(
                ranges.more[index] ? h("code", null, ranges.more[index].slice(0, 1000)) : "",
            );
        }
        return { cells };
    };
    return paged(inView.length, ROWS_PER_PAGE, "ranges", (first, end) =>
        table(heads, inView.slice(first, end).map(row), "Ranges in view", "narrow"),
    );
}

function laneSwatch(colour) {
    const swatch = svg("svg", { width: 10, height: 10, "aria-hidden": "true" });
    const square = svg("rect", { width: 10, height: 10, rx: 2 });
    square.style.fill = colour ?? "var(--soft)";
    swatch.append(square);
    return swatch;
}

/** Calls once when nothing has happened for a moment. */
function later(call) {
    let timer = null;
    return () => {
        clearTimeout(timer);
        timer = setTimeout(call, 60);
    };
}
