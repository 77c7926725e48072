/* What a file came from and what came of it, as a picture. */

const NODES = 150;

const BOX = { width: 224, height: 46, across: 44, down: 14, margin: 16 };

/** The content that a file has had, with what it came from and what came of it. */
function lineageOf(file) {
    const roots = Array.from(file.hashes, (hash) =>
        model.contents.get(contentKey(hash, file.path)),
    );
    const up = walk(roots, (content) => content.from.map((job) => job.from));
    const down = walk(roots, (content) => content.into.map((job) => job.into));
    // What stands before what, as far as cycles let one say.
    const order = [...up.toReversed(), ...down];
    return { roots, up, down, order, all: [...new Set(nearestFirst(up, down))] };
}

function nearestFirst(up, down) {
    const mixed = [];
    for (let at = 0; at < Math.max(up.length, down.length); at += 1) {
        mixed.push(...[up[at], down[at]].filter(Boolean));
    }
    return mixed;
}

/** The jobs between contents that are shown, those between the same two together. */
function edgesAmong(contents) {
    const edges = new Map();
    for (const from of contents) {
        for (const job of from.into) {
            if (contents.has(job.into)) {
                const key = `${from.key}\n\n${job.into.key}`;
                const edge = edges.get(key) ?? { from, into: job.into, jobs: [] };
                edge.jobs.push(job);
                edges.set(key, edge);
            }
        }
    }
    return [...edges.values()];
}

/** Marks the edges that close a cycle: the layers are made without them. */
function markBackward(contents, edges) {
    const next = Map.groupBy(edges, (edge) => edge.from);
    const done = new Set();
    const open = new Set();
    for (const start of contents) {
        const stack = done.has(start) ? [] : [[start, 0]];
        while (stack.length) {
            const top = stack[stack.length - 1];
            const [content, at] = top;
            open.add(content);
            const edge = next.get(content)?.[at];
            top[1] += 1;
            if (!edge) {
                open.delete(content);
                done.add(content);
                stack.pop();
            } else if (open.has(edge.into)) {
                edge.backward = true;
            } else if (!done.has(edge.into)) {
                stack.push([edge.into, 0]);
            }
        }
    }
}

/** Puts each content to the right of everything that it was made from. */
function layersOf(contents, edges) {
    const forward = edges.filter((edge) => !edge.backward);
    const into = Map.groupBy(forward, (edge) => edge.into);
    const from = Map.groupBy(forward, (edge) => edge.from);
    const open = new Map([...contents].map((each) => [each, into.get(each)?.length ?? 0]));
    const layer = new Map([...contents].map((each) => [each, 0]));
    const order = [...contents].filter((each) => open.get(each) === 0);
    for (const content of order) {
        for (const edge of from.get(content) ?? []) {
            layer.set(edge.into, Math.max(layer.get(edge.into), layer.get(content) + 1));
            open.set(edge.into, open.get(edge.into) - 1);
            if (open.get(edge.into) === 0) {
                order.push(edge.into);
            }
        }
    }
    // A source that is used late stands beside where it is used.
    for (const content of contents) {
        const uses = from.get(content)?.map((edge) => layer.get(edge.into)) ?? [];
        if (!into.has(content) && uses.length) {
            layer.set(content, Math.min(...uses) - 1);
        }
    }
    return layer;
}

/** Where each box goes: layers from left to right, neighbours side by side. */
function placesOf(contents, edges) {
    markBackward(contents, edges);
    const layer = layersOf(contents, edges);
    const columns = [];
    contents.forEach((content) => (columns[layer.get(content)] ??= []).push(content));
    const rows = new Map();
    const number = (column) =>
        column.forEach((content, at) => rows.set(content, at - column.length / 2));
    columns.forEach(number);
    const beside = new Map([...contents].map((content) => [content, []]));
    edges.forEach(({ from, into }) => {
        beside.get(from).push(into);
        beside.get(into).push(from);
    });
    const middle = (content) => {
        const near = beside.get(content).map((neighbour) => rows.get(neighbour));
        return near.length
            ? near.reduce((sum, row) => sum + row, 0) / near.length
            : rows.get(content);
    };
    for (const column of [...columns, ...columns.toReversed()]) {
        const wanted = new Map(column.map((content) => [content, middle(content)]));
        column.sort((a, b) => wanted.get(a) - wanted.get(b));
        number(column);
    }
    const tallest = Math.max(...columns.map((column) => column.length));
    const places = new Map();
    columns.forEach((column, x) => {
        column.forEach((content, y) => {
            const row = y + (tallest - column.length) / 2;
            places.set(content, {
                x: BOX.margin + x * (BOX.width + BOX.across),
                y: BOX.margin + row * (BOX.height + BOX.down),
            });
        });
    });
    const width = columns.length * (BOX.width + BOX.across) - BOX.across + 2 * BOX.margin;
    // Below the boxes, for lines that lead back.
    const leadsBack = (edge) => edge.backward && edge.from !== edge.into;
    const room = edges.some(leadsBack) ? BOX.height / 2 : 0;
    const height = tallest * (BOX.height + BOX.down) - BOX.down + 2 * BOX.margin + room;
    return { places, width, height };
}

function arrowHead(id, kind) {
    const size = { markerWidth: 7, markerHeight: 7, viewBox: "0 0 8 8", refX: 7, refY: 4 };
    return svg(
        "marker",
        { id, class: kind, orient: "auto", ...size },
        svg("path", { d: "M0 0L8 4L0 8z" }),
    );
}

/** To the right in a gentle curve, to the left below the boxes, to itself as a loop. */
function edgeLine(from, into, bottom) {
    const middle = BOX.height / 2;
    const right = from.x + BOX.width;
    if (from === into) {
        return `M${right - 48} ${from.y}c0 -20 32 -20 32 -2`;
    }
    if (into.x > from.x) {
        const bend = Math.max(30, (into.x - right) / 2);
        const [startY, endY] = [from.y + middle, into.y + middle];
        return `M${right} ${startY}C${right + bend} ${startY} ${into.x - bend} ${endY} ${into.x - 2} ${endY}`;
    }
    const [startX, endX] = [right - 24, into.x + 24];
    const [startY, endY] = [from.y + BOX.height, into.y + BOX.height];
    // A curve comes three quarters of the way to its handles.
    const low = (bottom - (startY + endY) / 8) / 0.75;
    return `M${startX} ${startY}C${startX} ${low} ${endX} ${low} ${endX} ${endY + 2}`;
}

function edgePath(edge, places, height) {
    const from = places.get(edge.from);
    const into = places.get(edge.into);
    const d = edgeLine(from, into, height - 8);
    const bad = edge.from.bad !== null;
    const jobs = edge.jobs.map((job) => job.action);
    const title = `${nameOf(edge.jobs[0].input)} → ${nameOf(edge.jobs[0].output)}: ${counts(jobs)}`;
    const head = `url(#${bad ? "arrow-bad" : "arrow"})`;
    return svg("path", { d, class: bad && "bad", "marker-end": head }, svg("title", null, title));
}

/** Each text once, with its number if there are several. */
function counts(texts) {
    const groups = Map.groupBy(texts, (text) => text);
    const said = Array.from(groups, ([text, all]) =>
        all.length > 1 ? `${text} ×${all.length}` : text,
    );
    return said.join(", ");
}

function cut(text, length) {
    const letters = [...text];
    if (letters.length <= length) {
        return text;
    }
    const half = Math.floor((length - 1) / 2);
    return `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`;
}

function lineageBox(content, { x, y }, chosenPath, isRoot) {
    const path = isRoot ? chosenPath : content.paths.values().next().value;
    const others = content.paths.size - 1;
    const how = counts(content.from.map((job) => job.action)) || "source";
    const bad = content.bad ? verdict(content.bad).text : "";
    const title = `${[...content.paths].slice(0, 20).join("\n")}\n${content.hash}\n${how}`;
    const name = cut(nameOf(path), others ? 21 : 26);
    return svg(
        "a",
        {
            href: fragment({ file: path }),
            class: [isRoot && "chosen", content.bad && "bad"].filter(Boolean).join(" "),
            "aria-current": isRoot && "true",
            "aria-label": [nameOf(path), how, bad].filter(Boolean).join(", "),
        },
        svg("title", null, title),
        svg("rect", { x, y, width: BOX.width, height: BOX.height, rx: 6 }),
        // Wide letters end at the edge of the box.
        svg(
            "svg",
            { x: x + 10, y, width: BOX.width - 14, height: BOX.height },
            svg("text", { y: 19 }, others ? `${name} +${others}` : name),
            svg("text", { y: 36, class: "how" }, cut(bad || how, 32)),
        ),
    );
}

function lineagePicture(file, lineage, limit) {
    const nearest = new Set(lineage.all.slice(0, limit));
    const contents = new Set(lineage.order.filter((content) => nearest.has(content)));
    const edges = edgesAmong(contents);
    const { places, width, height } = placesOf(contents, edges);
    const roots = new Set(lineage.roots);
    const picture = svg(
        "svg",
        {
            width,
            height,
            viewBox: `0 0 ${width} ${height}`,
            role: "group",
            "aria-label": "Lineage",
        },
        svg("defs", null, arrowHead("arrow", ""), arrowHead("arrow-bad", "bad")),
        edges.map((edge) => edgePath(edge, places, height)),
        Array.from(places, ([content, place]) =>
            lineageBox(content, place, file.path, roots.has(content)),
        ),
    );
    return h(
        "div",
        { class: "lineage", tabindex: "0", role: "region", "aria-label": "Lineage" },
        picture,
    );
}

/** Brings the chosen file into sight in a picture larger than its place. */
function centreLineage(place) {
    const chosen = place.querySelector(".chosen rect");
    if (chosen) {
        place.scrollLeft = Number(chosen.getAttribute("x")) - place.clientWidth / 2 + BOX.width / 2;
        place.scrollTop = Number(chosen.getAttribute("y")) - place.clientHeight / 2;
    }
}

function lineageText({ roots, up, down }) {
    const above = up.length - roots.length;
    const below = down.length - roots.length;
    const made = below === 1 ? "1 file was" : below ? `${format(below)} files were` : "nothing was";
    const from = above ? `Made from ${counted(above, "file")}` : "No job made it";
    return `${from}; ${made} made from it.`;
}

function lineageSection(file) {
    const lineage = lineageOf(file);
    if (!file.jobs.length && lineage.all.length <= 1) {
        return [
            h("h3", null, "Lineage"),
            h("p", { class: "soft" }, "No job made this file or used it."),
        ];
    }
    const place = h("div");
    const show = (limit) => {
        place.replaceChildren(lineagePicture(file, lineage, limit));
        if (lineage.all.length > limit) {
            const note = `The nearest ${format(limit)} of ${format(lineage.all.length)}. `;
            place.append(
                h(
                    "p",
                    null,
                    note,
                    button("Show more", "Show more of the lineage", () => show(limit * 2)),
                ),
            );
        }
        requestAnimationFrame(() => centreLineage(place.firstChild));
    };
    show(NODES);
    const text = lineageText(lineage);
    return [h("h3", null, "Lineage"), h("p", { class: "soft" }, text), place, jobTable(file)];
}

function jobTable(file) {
    const row = (job) => ({
        cells: [
            when(job.at),
            job.action,
            job.input === file.path ? "this file" : link(job.input),
            job.output === file.path ? "this file" : link(job.output),
            jobDetails(job),
        ],
    });
    const heads = [
        ["When", "when"],
        ["Action", "word"],
        ["From", "file"],
        ["Into", "file"],
        ["Job"],
    ];
    return h(
        "div",
        null,
        h("h3", null, "Jobs"),
        paged(file.jobs.length, ROWS_PER_PAGE, "jobs", (first, end) =>
            table(heads, file.jobs.slice(first, end).map(row), "Jobs"),
        ),
    );
}

function jobDetails(job) {
    const section = h("details", null, h("summary", null, h("code", null, cut(job.name, 16))));
    section.addEventListener("toggle", () => {
        if (section.open && section.childElementCount === 1) {
            const { config_hash: config, parameters, metadata } = details("job", job.id);
            section.append(
                h("p", null, h("code", null, job.name)),
                ...(config ? [h("p", null, "Config ", hashText(config))] : []),
                ...stored("Parameters", parameters),
                ...stored("Metadata", metadata),
            );
        }
    });
    return section;
}
