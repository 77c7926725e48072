/* What the page knows: files, their content, and the jobs between. */

const LABEL_COLOURS = 8;

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
    for (const [id, path, hash, config, at, count, extent, labels, problem] of blocks("analyses")) {
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
