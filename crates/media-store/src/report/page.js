"use strict";

/*
 * The report's page. The data are in script elements of JSON:
 * those of a kind (data-kind) are read at once, those of a row (id) when
 * somebody asks for the row. Nothing of the data is ever markup: all of it
 * goes through text nodes and attributes.
 *
 * What is shown is said in the fragment: #file=…&result=…&from=…&to=… for a
 * file, q, sort and page for the list.
 */
(() => {
    const FILES_PER_PAGE = 50;
    const ROWS_PER_PAGE = 25;
    const RECENT = 12;
    const TAIL = 14;
    const LANES = 12;
    const LABEL_COLOURS = 8;
    const NODES = 150;

    /* ------------------------------------------------------------ elements */

    const byId = (id) => document.getElementById(id);

    /** The name of SVG's elements, which looks like an address and is none. */
    const SVG = byId("svg").namespaceURI;

    /** Sets attributes, listeners (functions) and children of an element. */
    function fill(element, properties, children) {
        for (const [name, value] of Object.entries(properties ?? {})) {
            if (typeof value === "function") {
                element.addEventListener(name, value);
            } else if (value !== undefined && value !== null && value !== false) {
                element.setAttribute(name, value === true ? "" : value);
            }
        }
        // A child that is no node becomes a text node.
        element.append(
            ...children.flat(2).filter((child) => child !== null && child !== undefined),
        );
        return element;
    }

    function h(tag, properties, ...children) {
        return fill(document.createElement(tag), properties, children);
    }

    function svg(tag, properties, ...children) {
        return fill(document.createElementNS(SVG, tag), properties, children);
    }

    function button(text, label, click, more) {
        return h(
            "button",
            { type: "button", "aria-label": label, title: label, click, ...more },
            text,
        );
    }

    function table(heads, rows, caption, kind) {
        const head = heads.map(([text, kind]) => h("th", { scope: "col", class: kind }, text));
        const cells = (row) =>
            row.cells.map((cell, at) => h("td", { class: heads[at][1] }, cell === "" ? "–" : cell));
        const body = rows.map((row) => h("tr", { class: row.kind }, cells(row)));
        return h(
            "div",
            { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
            h(
                "table",
                { "aria-label": caption, class: kind },
                h("thead", null, h("tr", null, head)),
                h("tbody", null, body),
            ),
        );
    }

    /** Shows a slice of many things, with buttons to the slices beside it. */
    function paged(count, size, what, show) {
        const place = h("div");
        const turn = (page) => {
            const last = Math.max(0, Math.ceil(count / size) - 1);
            const first = page * size;
            place.replaceChildren(show(first, Math.min(count, first + size)));
            if (last > 0) {
                place.append(pager(page, last, turn, `${range(first, size, count)} ${what}`));
            }
        };
        turn(0);
        return place;
    }

    function pager(page, last, turn, text) {
        return h(
            "div",
            { class: "pager" },
            button("Previous", "Previous page", () => turn(page - 1), { disabled: page === 0 }),
            h("span", { role: "status" }, text),
            button("Next", "Next page", () => turn(page + 1), { disabled: page === last }),
        );
    }

    /* --------------------------------------------------------------- words */

    const numbers = new Intl.NumberFormat("en");
    const format = (number) => numbers.format(number);

    function counted(count, what) {
        return `${format(count)} ${what}${count === 1 ? "" : "s"}`;
    }

    function range(first, size, count) {
        return `${format(first + 1)}–${format(Math.min(count, first + size))} of ${format(count)}`;
    }

    const two = (number) => String(number).padStart(2, "0");

    /** Unix seconds as local time, or as they are if no calendar has them. */
    function when(seconds) {
        const date = new Date(seconds * 1000);
        if (Number.isNaN(date.getTime())) {
            return String(seconds);
        }
        const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
        const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
        return h("time", { datetime: date.toISOString() }, `${day} ${time}`);
    }

    /** Seconds of a medium as h:mm:ss.mmm. */
    function clock(seconds, digits = 3) {
        if (!Number.isFinite(seconds) || Math.abs(seconds) > 1e9) {
            return `${seconds} s`;
        }
        const unit = 10 ** digits;
        const whole = Math.round(Math.abs(seconds) * unit);
        const rest = Math.floor(whole / unit);
        const hours = Math.floor(rest / 3600);
        const minutes = Math.floor(rest / 60) % 60;
        const fraction = digits > 0 ? `.${String(whole % unit).padStart(digits, "0")}` : "";
        const start = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
        return `${seconds < 0 && whole > 0 ? "−" : ""}${start}:${two(rest % 60)}${fraction}`;
    }

    function shortHash(hash) {
        const [name, digest] = hash.split(/:(.*)/s);
        return digest && digest.length > 12 ? `${name}:${digest.slice(0, 8)}…` : hash;
    }

    const isHash = (text) => /^[a-z][a-z0-9_-]*:([0-9a-f]{2})+$/.test(text);

    function hashText(hash, short) {
        const text = h("code", { title: hash }, short ? shortHash(hash) : hash);
        return isHash(hash) ? text : [text, " ", badge("not a hash", "warn")];
    }

    function nameOf(path) {
        return path.split(/[\\/]/).pop() || path;
    }

    function folderOf(path) {
        return path.slice(0, path.length - nameOf(path).length);
    }

    const labelText = (label) => (label === "" ? "(no label)" : label);

    function badge(text, kind) {
        return h("span", { class: `badge ${kind ?? ""}` }, text);
    }

    /* ---------------------------------------------------------------- data */

    /** The values in the blocks of a kind, one after the other. */
    function* blocks(kind) {
        for (const block of document.querySelectorAll(`script[data-kind="${kind}"]`)) {
            yield* JSON.parse(block.textContent);
        }
    }

    function details(table, id) {
        return JSON.parse(byId(`${table}-${id}`)?.textContent ?? "{}");
    }

    const VERDICTS = new Map([
        ["changed", { text: "changed", kind: "bad", rank: 6 }],
        ["derived", { text: "from changed", kind: "bad", rank: 5 }],
        ["missing", { text: "missing", kind: "warn", rank: 4 }],
        ["unreadable", { text: "unreadable", kind: "warn", rank: 3 }],
        ["unverifiable", { text: "unverifiable", kind: "warn", rank: 2 }],
        ["moved", { text: "moved", kind: "warn", rank: 1 }],
        ["intact", { text: "intact", kind: "good", rank: 0 }],
    ]);

    function verdict(name) {
        return VERDICTS.get(name) ?? { text: name, kind: "warn", rank: 1 };
    }

    function verdictBadge(name, count) {
        const { text, kind } = verdict(name);
        return badge(count === undefined ? text : `${format(count)} ${text}`, kind);
    }

    /**
     * What identifies content in the lineage. Text that is no hash joins nothing
     * but the same path.
     */
    function contentKey(hash, path) {
        return isHash(hash) ? hash : `${hash}\n${path}`;
    }

    const model = { about: {}, files: new Map(), contents: new Map(), jobs: [], analyses: [] };

    function fileAt(path) {
        let file = model.files.get(path);
        if (!file) {
            file = {
                path,
                hashes: new Set(),
                analyses: [],
                jobs: [],
                labels: new Set(),
                actions: new Set(),
                checks: [],
                newest: -Infinity,
                ranges: 0,
                from: 0,
                end: 0,
                verdict: null,
            };
            model.files.set(path, file);
        }
        return file;
    }

    function contentAt(hash, path) {
        const key = contentKey(hash, path);
        let content = model.contents.get(key);
        if (!content) {
            content = { key, hash, paths: new Set(), into: [], from: [], bad: null };
            model.contents.set(key, content);
        }
        content.paths.add(path);
        fileAt(path).hashes.add(hash);
        return content;
    }

    function readAnalyses() {
        for (const [id, path, hash, config, at, count, extent, labels, problem] of blocks(
            "analyses",
        )) {
            const analysis = { id, path, hash, config, at, count, problem, labels };
            const file = fileAt(path);
            contentAt(hash, path);
            file.analyses.push(analysis);
            file.ranges += count ?? 0;
            const [from, end] = extent ?? [0, 0];
            file.from = Math.min(file.from, from);
            file.end = Math.max(file.end, end);
            file.newest = Math.max(file.newest, at);
            labels.forEach((label) => file.labels.add(label));
            model.analyses.push(analysis);
        }
    }

    function readJobs() {
        for (const [id, name, action, input, inputHash, output, outputHash, at] of blocks("jobs")) {
            const from = contentAt(inputHash, input);
            const into = contentAt(outputHash, output);
            const job = { id, name, action, input, output, from, into, at };
            from.into.push(job);
            into.from.push(job);
            for (const path of new Set([input, output])) {
                const file = fileAt(path);
                file.jobs.push(job);
                file.actions.add(action);
                file.newest = Math.max(file.newest, at);
            }
            model.jobs.push(job);
        }
    }

    function asCheck([id, path, expected, actual, name, foundAt, problem, at]) {
        return { id, path, expected, actual, verdict: name, foundAt, problem, at };
    }

    /** A check speaks of a file as long as some row still expects that hash. */
    function readChecks() {
        model.checked = false;
        const changed = [];
        for (const check of Array.from(blocks("checks"), asCheck)) {
            model.checked = true;
            const file = model.files.get(check.path);
            if (!file?.hashes.has(check.expected)) {
                continue;
            }
            file.checks.push(check);
            if (!file.verdict || verdict(check.verdict).rank > verdict(file.verdict).rank) {
                file.verdict = check.verdict;
            }
            if (check.verdict === "changed") {
                changed.push(model.contents.get(contentKey(check.expected, check.path)));
            }
        }
        markDerived(changed);
    }

    /** What was made from changed content is marked all the way down. */
    function markDerived(changed) {
        changed.forEach((content) => (content.bad = "changed"));
        const derived = new Set(walk(changed, (content) => content.into.map((job) => job.into)));
        for (const content of derived) {
            content.bad ??= "derived";
            for (const path of content.paths) {
                const file = model.files.get(path);
                const rank = file.verdict ? verdict(file.verdict).rank : -1;
                if (content.bad === "derived" && rank < verdict("derived").rank) {
                    file.verdict = "derived";
                }
            }
        }
    }

    /** Everything that can be reached, nearest first, the starts included. */
    function walk(starts, next) {
        const seen = new Set(starts);
        // A set that grows while it is walked is a queue without repetition.
        for (const item of seen) {
            next(item).forEach((neighbour) => seen.add(neighbour));
        }
        return [...seen];
    }

    let pastChecks = null;

    /** The checks of a file, newest first; the older ones are read when first asked for. */
    function checksOf(file) {
        if (!pastChecks) {
            pastChecks = Map.groupBy(Array.from(blocks("past"), asCheck), (check) => check.path);
        }
        const past = pastChecks.get(file.path) ?? [];
        return [...file.checks, ...past].sort((a, b) => b.at - a.at || b.id - a.id);
    }

    /** A label has one colour on the whole page: the commonest get the first ones. */
    function colourLabels() {
        const counts = new Map();
        for (const analysis of model.analyses) {
            analysis.labels.forEach((label) => counts.set(label, (counts.get(label) ?? 0) + 1));
        }
        const order = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
        model.labelRank = new Map(order.map(([label], at) => [label, at]));
    }

    const labelRank = (label) => model.labelRank.get(label) ?? Infinity;

    /** The colours of labels in their order: the page's, or else one that is still free. */
    function coloursOf(labels) {
        const ranked = labels.toSorted((a, b) => labelRank(a) - labelRank(b));
        const colours = new Map();
        const free = new Set(Array(LABEL_COLOURS).keys());
        ranked.forEach((label) => free.delete(labelRank(label)));
        for (const label of ranked) {
            const rank = labelRank(label);
            const other = free.values().next().value ?? colours.size % LABEL_COLOURS;
            const colour = rank < LABEL_COLOURS ? rank : other;
            free.delete(colour);
            colours.set(label, `var(--label-${colour})`);
        }
        return colours;
    }

    /* --------------------------------------------------------------- state */

    const state = {
        file: null,
        result: null,
        from: null,
        to: null,
        q: "",
        sort: "newest",
        page: 0,
    };

    function readState() {
        const given = new URLSearchParams(location.hash.slice(1));
        const number = (name) => {
            const text = given.get(name);
            return text !== null && Number.isFinite(Number(text)) ? Number(text) : null;
        };
        state.file = given.get("file");
        state.result = number("result");
        state.from = number("from");
        state.to = number("to");
        state.q = given.get("q") ?? "";
        state.sort = Object.hasOwn(ORDERS, given.get("sort")) ? given.get("sort") : "newest";
        state.page = Math.max(0, Math.trunc(number("page") ?? 0));
    }

    /** A link that keeps the list as it is, and shows something else beside it. */
    function fragment(changes) {
        const { q, sort, page } = state;
        const wanted = new URLSearchParams();
        const all = { q, sort: sort === "newest" ? "" : sort, page: page || "", ...changes };
        for (const name of ["file", "result", "from", "to", "q", "sort", "page"]) {
            const value = all[name];
            if (value !== undefined && value !== null && value !== "") {
                wanted.set(name, value);
            }
        }
        return `#${wanted}`;
    }

    function link(path, ...children) {
        return h(
            "a",
            { href: fragment({ file: path }), title: path },
            children.length ? children : nameOf(path),
        );
    }

    /** Says in the address what is shown, without a step in the history. */
    function keepState() {
        const { file, result, from, to } = state;
        const round = (seconds) => seconds && Number(seconds.toFixed(4));
        const hash = fragment({ file, result, from: round(from), to: round(to) });
        try {
            history.replaceState(null, "", hash);
        } catch {
            // A browser may limit how often; the next change will be kept.
        }
    }

    /* ------------------------------------------------------- list of files */

    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const attention = (file) => (file.verdict ? verdict(file.verdict).rank : -1);
    const byPath = (a, b) => compare(a.path, b.path);

    const ORDERS = {
        newest: (a, b) => b.newest - a.newest || byPath(a, b),
        name: (a, b) => compare(nameOf(a.path), nameOf(b.path)) || byPath(a, b),
        path: byPath,
        attention: (a, b) => attention(b) - attention(a) || byPath(a, b),
        ranges: (a, b) => b.ranges - a.ranges || byPath(a, b),
        longest: (a, b) => b.end - a.end || byPath(a, b),
    };

    /** What a search looks through; put together when somebody first searches. */
    function haystack(file) {
        const verdictText = file.verdict ? verdict(file.verdict).text : "";
        file.text ??= [file.path, ...file.hashes, ...file.labels, ...file.actions, verdictText]
            .join("\n")
            .toLowerCase();
        return file.text;
    }

    /** The files that hold every word, in the order that was chosen. */
    function foundFiles() {
        const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
        const files = [...model.files.values()];
        const found = words.length
            ? files.filter((file) => words.every((word) => haystack(file).includes(word)))
            : files;
        return found.sort(ORDERS[state.sort]);
    }

    /** A name that is cut in its middle where there is no room: names differ at their ends. */
    function fileName(path) {
        const name = nameOf(path);
        const [start, end] = [name.slice(0, -TAIL), name.slice(-TAIL)];
        return h("span", { class: "name" }, h("span", null, start), h("span", null, end));
    }

    function factsOf(file) {
        const labels = Array.from(file.labels, labelText);
        return [
            file.analyses.some((analysis) => analysis.count !== null) &&
                counted(file.ranges, "range"),
            file.analyses.some((analysis) => analysis.problem) && "unreadable ranges",
            labels.slice(0, 3).join(", ") + (labels.length > 3 ? ", …" : ""),
            !file.analyses.length && counted(file.jobs.length, "job"),
        ].filter(Boolean);
    }

    function fileItem(file) {
        const chosen = file.path === state.file;
        return h(
            "li",
            null,
            h(
                "a",
                {
                    href: fragment({ file: file.path }),
                    "aria-current": chosen && "true",
                    title: file.path,
                },
                fileName(file.path),
                h("span", { class: "folder" }, folderOf(file.path)),
                h(
                    "span",
                    { class: "facts" },
                    file.verdict ? verdictBadge(file.verdict) : null,
                    factsOf(file).map((fact) => h("span", null, fact)),
                ),
            ),
        );
    }

    function showList() {
        const found = foundFiles();
        const last = Math.max(0, Math.ceil(found.length / FILES_PER_PAGE) - 1);
        state.page = Math.min(state.page, last);
        const first = state.page * FILES_PER_PAGE;
        const all = model.files.size;
        byId("found").textContent = state.q
            ? `${format(found.length)} of ${counted(all, "file")}`
            : counted(all, "file");
        byId("list").replaceChildren(...found.slice(first, first + FILES_PER_PAGE).map(fileItem));
        const turn = (page) => {
            state.page = page;
            byId("list").scrollTop = 0;
            showList();
            keepState();
        };
        const text = range(first, FILES_PER_PAGE, found.length);
        byId("pager").replaceChildren(...(last > 0 ? [pager(state.page, last, turn, text)] : []));
    }

    function listenToList() {
        const query = byId("query");
        const changed = () => {
            state.q = query.value.trim();
            state.sort = byId("sort").value;
            state.page = 0;
            showList();
            keepState();
        };
        query.addEventListener("input", changed);
        byId("sort").addEventListener("change", changed);
        byId("search").addEventListener("submit", (event) => event.preventDefault());
    }

    /* ------------------------------------------------------------ overview */

    function tile(name, value) {
        return h("div", null, h("dt", null, name), h("dd", null, value));
    }

    function tiles() {
        const { totals } = model.about;
        const verdicts = new Map();
        for (const { verdict: name } of model.files.values()) {
            verdicts.set(name, (verdicts.get(name) ?? 0) + 1);
        }
        const names = [...VERDICTS.keys()].filter((name) => verdicts.has(name));
        return [
            h(
                "dl",
                { class: "tiles" },
                tile("Files", format(model.files.size)),
                tile("Analysis results", format(totals.analyses)),
                tile("Ranges", format(totals.ranges)),
                tile("Processing jobs", format(totals.jobs)),
            ),
            h("h3", null, "Audit"),
            names.length
                ? h(
                      "p",
                      null,
                      names.map((name) => [verdictBadge(name, verdicts.get(name)), " "]),
                      verdicts.has(null)
                          ? badge(`${format(verdicts.get(null))} not checked`)
                          : null,
                  )
                : h("p", { class: "soft" }, "No audit is recorded."),
        ];
    }

    function attentionTable() {
        const files = [...model.files.values()].filter((file) => attention(file) > 0);
        if (!files.length) {
            return [];
        }
        files.sort(ORDERS.attention);
        const row = (file) => ({
            cells: [verdictBadge(file.verdict), link(file.path), folderOf(file.path)],
        });
        const heads = [["Verdict"], ["File"], ["Folder"]];
        return [
            h("h3", null, "Needs attention"),
            paged(files.length, ROWS_PER_PAGE, "files", (first, end) =>
                table(heads, files.slice(first, end).map(row), "Files that need attention"),
            ),
        ];
    }

    function recentJobs() {
        const analyses = model.analyses.slice(0, RECENT).map((analysis) => ({
            at: analysis.at,
            cells: [
                when(analysis.at),
                "analysis",
                link(analysis.path),
                analysis.count === null ? "" : counted(analysis.count, "range"),
            ],
        }));
        const jobs = model.jobs.slice(0, RECENT).map((job) => ({
            at: job.at,
            cells: [when(job.at), job.action, link(job.input), link(job.output)],
        }));
        // Both are newest first already.
        const recent = [...analyses, ...jobs].sort((a, b) => b.at - a.at).slice(0, RECENT);
        const heads = [["When", "when"], ["What", "word"], ["File"], ["Result"]];
        return recent.length
            ? [h("h3", null, "Recent jobs"), table(heads, recent, "Recent jobs")]
            : [h("p", null, "Nothing is recorded.")];
    }

    function problems() {
        const rows = [...blocks("problems")];
        if (!rows.length) {
            return [];
        }
        return [
            h("h3", null, "Rows that cannot be read"),
            paged(rows.length, ROWS_PER_PAGE, "rows", (first, end) =>
                h(
                    "ul",
                    null,
                    rows.slice(first, end).map((text) => h("li", null, text)),
                ),
            ),
        ];
    }

    function overview() {
        const { since } = model.about;
        return [
            h("h2", null, "Overview"),
            since === null
                ? null
                : h("p", { class: "notice" }, "Only what was recorded from ", when(since), " on."),
            tiles(),
            attentionTable(),
            recentJobs(),
            problems(),
        ];
    }

    /* -------------------------------------------------------- stored texts */

    /**
     * JSON on lines of its own, every token as it was stored: parsing would round
     * long numbers. Text that is not JSON comes out readable too.
     */
    function indented(text) {
        const tokens = text.match(/"(?:[^"\\]|\\.)*"?|[[\]{},:]|[^\s[\]{},:"]+/gs) ?? [];
        const lines = [""];
        let depth = 0;
        const newLine = () => lines.push("  ".repeat(Math.min(depth, 40)));
        const add = (token) => (lines[lines.length - 1] += token);
        tokens.forEach((token, at) => {
            if (token === "{" || token === "[") {
                depth += 1;
                add(token);
                if (!"}]".includes(tokens[at + 1] ?? " ")) {
                    newLine();
                }
            } else if (token === "}" || token === "]") {
                depth = Math.max(0, depth - 1);
                if (!"{[".includes(tokens[at - 1] ?? " ")) {
                    newLine();
                }
                add(token);
            } else if (token === ",") {
                add(token);
                newLine();
            } else {
                add(token === ":" ? ": " : token);
            }
        });
        return lines.join("\n");
    }

    /** A stored text, or the beginning of one that is too long for a page. */
    function stored(name, value) {
        if (value === undefined) {
            return [];
        }
        const [text, length] = Array.isArray(value) ? value : [value, null];
        const note = length && `the beginning of ${format(length)} bytes`;
        return [
            h("p", { class: "soft" }, name, note ? ` (${note})` : ""),
            h("pre", { tabindex: "0", "aria-label": name }, note ? `${text}…` : indented(text)),
        ];
    }

    /* -------------------------------------------------------------- ranges */

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
        used.sort((a, b) => labelRank(a.label) - labelRank(b.label));
        const lanes = used.slice(0, used.length > LANES ? LANES - 1 : LANES);
        const rest = used.slice(lanes.length);
        if (rest.length) {
            const indices = rest.flatMap((group) => group.indices);
            lanes.push({
                label: `${format(rest.length)} other labels`,
                indices,
                colour: "var(--label-7)",
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

    /* ------------------------------------------------------------ timeline */

    const AXIS = 24;
    const LANE = 30;
    const BAR = 20;
    const OVERVIEW = 10;

    const STEPS = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300,
        600, 900, 1800, 3600, 7200, 14400, 43200, 86400,
    ];

    function tickStep(secondsPerPixel) {
        const least = secondsPerPixel * 80;
        return (
            STEPS.find((step) => step >= least) ?? 86400 * 2 ** Math.ceil(Math.log2(least / 86400))
        );
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
            role: "img",
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
                    view.zoom(
                        2 ** (Math.max(-200, Math.min(200, event.deltaY)) / 200),
                        timeAt(event),
                    );
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

    /* ------------------------------------------------------ table of ranges */

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
        square.style.fill = colour ?? "var(--label-7)";
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

    /* ------------------------------------------------------------- results */

    function resultSection(analysis, view, open) {
        const body = h("div");
        const facts = [
            analysis.problem ? badge("ranges cannot be read", "warn") : null,
            analysis.count === null ? null : counted(analysis.count, "range"),
        ];
        const section = h(
            "details",
            { class: "result", open },
            h(
                "summary",
                null,
                when(analysis.at),
                " · ",
                facts.filter(Boolean),
                " · config ",
                hashText(analysis.config, true),
            ),
            body,
        );
        const show = () => {
            if (section.open && !body.firstChild) {
                body.append(...resultBody(analysis, view));
                redraw();
            }
        };
        section.addEventListener("toggle", () => {
            show();
            if (section.open && state.result !== analysis.id && !open) {
                state.result = analysis.id;
                keepState();
            }
        });
        show();
        return section;
    }

    function resultBody(analysis, view) {
        const { ranges, ranges_raw: raw, metadata } = details("analysis", analysis.id);
        return [
            ...(analysis.problem ? [h("p", { class: "notice" }, analysis.problem)] : []),
            ...stored("Ranges as stored", raw),
            ...rangesBody(ranges, view),
            h(
                "dl",
                { class: "facts-list" },
                h("dt", null, "Config"),
                h("dd", null, hashText(analysis.config)),
                h("dt", null, "Content"),
                h("dd", null, hashText(analysis.hash)),
            ),
            ...stored("Metadata", metadata),
        ];
    }

    function rangesBody(ranges, view) {
        if (!ranges) {
            return [];
        }
        if (!ranges.start.length) {
            return [h("p", { class: "soft" }, "Found nothing: no ranges.")];
        }
        const lanes = lanesOf(ranges);
        return [
            controls(view),
            timeline(ranges, lanes, view),
            ranges.confidence
                ? h("p", { class: "soft" }, "The height of a bar is its confidence.")
                : "",
            rangeTable(ranges, lanes, view),
        ];
    }

    /** Redraws what canvases show, when the colours change. */
    let redraws = [];

    function wholeOf({ from, end }) {
        return { from, to: end > from ? end : from + 1 };
    }

    function resultsOf(file) {
        if (!file.analyses.length) {
            return [];
        }
        const view = createView(wholeOf(file));
        if (state.from !== null || state.to !== null) {
            view.set(state.from ?? view.from, state.to ?? view.to);
        }
        view.listen(
            later(() => {
                state.from = view.isWhole() ? null : view.from;
                state.to = view.isWhole() ? null : view.to;
                keepState();
            }),
        );
        const known = file.analyses.some((analysis) => analysis.id === state.result);
        const chosen = known ? state.result : file.analyses[0].id;
        const section = (analysis) => resultSection(analysis, view, analysis.id === chosen);
        return [
            h("h3", null, file.analyses.length === 1 ? "Analysis result" : "Analysis results"),
            h(
                "p",
                { id: "keys", class: "soft" },
                "Timeline: drag or arrow keys move, wheel or + and − zoom, 0 shows all.",
            ),
            paged(file.analyses.length, ROWS_PER_PAGE, "results", (first, end) =>
                h("div", null, file.analyses.slice(first, end).map(section)),
            ),
        ];
    }

    /* ------------------------------------------------------------- lineage */

    const BOX = { width: 224, height: 46, across: 64, down: 14, margin: 16 };

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
        const height =
            tallest * (BOX.height + BOX.down) - BOX.down + 2 * BOX.margin + BOX.height / 2;
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
        return svg(
            "path",
            { d, class: bad && "bad", "marker-end": head },
            svg("title", null, title),
        );
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
            svg("text", { x: x + 10, y: y + 19 }, others ? `${name} +${others}` : name),
            svg("text", { x: x + 10, y: y + 36, class: "how" }, cut(bad || how, 32)),
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
            place.scrollLeft =
                Number(chosen.getAttribute("x")) - place.clientWidth / 2 + BOX.width / 2;
            place.scrollTop = Number(chosen.getAttribute("y")) - place.clientHeight / 2;
        }
    }

    function lineageSection(file) {
        const lineage = lineageOf(file);
        if (!file.jobs.length && lineage.all.length <= 1) {
            return [
                h("h3", null, "Lineage"),
                h("p", { class: "soft" }, "No job made this file or used it."),
            ];
        }
        const text = `Made from ${counted(lineage.up.length - lineage.roots.length, "file")}; ${counted(
            lineage.down.length - lineage.roots.length,
            "file",
        )} made from it.`;
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
        const heads = [["When", "when"], ["Action", "word"], ["From"], ["Into"], ["Job"]];
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

    /* --------------------------------------------------------------- audit */

    function noteOf({ foundAt, problem }) {
        return foundAt ? h("span", null, "found at ", link(foundAt, foundAt)) : (problem ?? "");
    }

    function auditSection(file) {
        const checks = checksOf(file);
        if (!checks.length) {
            const text = model.checked
                ? "No audit has looked at this file."
                : "No audit is recorded.";
            return [h("h3", null, "Audit"), h("p", { class: "soft" }, text)];
        }
        const row = (check) => ({
            kind: verdict(check.verdict).kind === "bad" && "bad",
            cells: [
                when(check.at),
                verdictBadge(check.verdict),
                hashText(check.expected, true),
                check.actual ? hashText(check.actual, true) : "",
                noteOf(check),
            ],
        });
        const heads = [["When", "when"], ["Verdict"], ["Expected"], ["Actual"], ["Note"]];
        return [
            h("h3", null, "Audit"),
            paged(checks.length, ROWS_PER_PAGE, "checks", (first, end) =>
                table(heads, checks.slice(first, end).map(row), "Checks of this file"),
            ),
        ];
    }

    /* ---------------------------------------------------------------- file */

    function fileFacts(file) {
        const hashes = [...file.hashes];
        return h(
            "dl",
            { class: "facts-list" },
            h("dt", null, "Path"),
            h("dd", null, file.path),
            h("dt", null, "Content"),
            h(
                "dd",
                null,
                hashes.slice(0, 5).map((hash) => h("div", null, hashText(hash))),
            ),
        );
    }

    function warningOf(file) {
        const texts = {
            changed:
                "It does not hold what was recorded. Results and files made from it belong to what it held before.",
            derived: "A file that it was made from has changed since.",
            missing: "There was no file at this path.",
        };
        const text = texts[file.verdict];
        const kind = file.verdict === "missing" ? "notice" : "notice bad";
        return text ? h("p", { class: kind }, text) : null;
    }

    function showFile(file) {
        return [
            h("h2", null, nameOf(file.path), " ", file.verdict ? verdictBadge(file.verdict) : null),
            warningOf(file),
            fileFacts(file),
            resultsOf(file),
            lineageSection(file),
            auditSection(file),
        ];
    }

    function unknownFile(path) {
        return [
            h("h2", null, "Not in this report"),
            h("p", null, `Nothing is recorded of ${path}.`),
        ];
    }

    let shownFile;

    function showDetail(moveFocus) {
        redraws = [];
        const detail = byId("detail");
        const file = model.files.get(state.file);
        const children = file
            ? showFile(file)
            : state.file === null
              ? overview()
              : unknownFile(state.file);
        detail.replaceChildren(...children.flat(2).filter((child) => child !== null));
        document.title = `${file ? `${nameOf(file.path)} – ` : ""}Media store report`;
        redraw();
        if (moveFocus && shownFile !== state.file) {
            detail.focus({ preventScroll: true });
            window.scrollTo(0, window.innerWidth < 832 && file ? detail.offsetTop : 0);
        }
        shownFile = state.file;
    }

    /* --------------------------------------------------------------- theme */

    const dark = matchMedia("(prefers-color-scheme: dark)");

    function isDark() {
        const theme = document.documentElement.dataset.theme;
        return theme ? theme === "dark" : dark.matches;
    }

    const redraw = () => redraws.forEach((draw) => draw());

    function listenToTheme() {
        const toggle = byId("theme");
        const name = () => (toggle.textContent = isDark() ? "Light colours" : "Dark colours");
        toggle.hidden = false;
        toggle.addEventListener("click", () => {
            document.documentElement.dataset.theme = isDark() ? "light" : "dark";
            name();
            redraw();
        });
        dark.addEventListener("change", () => {
            name();
            redraw();
        });
        window.addEventListener("beforeprint", redraw);
        window.addEventListener("afterprint", redraw);
        name();
    }

    /* --------------------------------------------------------------- start */

    function show(moveFocus) {
        readState();
        byId("query").value = state.q;
        byId("sort").value = state.sort;
        showList();
        showDetail(moveFocus);
    }

    function start() {
        model.about = blocksObject("about");
        byId("origin").append(model.about.database, " · written ", when(model.about.created_at));
        readAnalyses();
        readJobs();
        readChecks();
        colourLabels();
        byId("files").hidden = model.files.size === 0;
        document.body.classList.toggle("empty", model.files.size === 0);
        listenToTheme();
        listenToList();
        window.addEventListener("hashchange", () => show(true));
        // A step in the page, not to another view.
        document.querySelector(".skip").addEventListener("click", (event) => {
            event.preventDefault();
            byId("detail").focus();
        });
        show(false);
    }

    function blocksObject(kind) {
        return JSON.parse(document.querySelector(`script[data-kind="${kind}"]`).textContent);
    }

    start();
})();
