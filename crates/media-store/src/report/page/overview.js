/* What is shown while no file is chosen. */

const RECENT = 12;

function tile(name, value) {
    return h("div", null, h("dt", null, name), h("dd", null, value));
}

function tiles() {
    const { totals } = model.about;
    return h(
        "dl",
        { class: "tiles" },
        tile("Files", format(model.files.size)),
        tile("Analysis results", format(totals.analyses)),
        tile("Ranges", format(totals.ranges)),
        tile("Processing jobs", format(totals.jobs)),
    );
}

/** How many files have which verdict, the worst first. */
function auditSummary() {
    const files = Map.groupBy(model.files.values(), (file) => file.verdict);
    const unchecked = files.get(null)?.length;
    files.delete(null);
    const names = [...files.keys()].sort((a, b) => verdict(b).rank - verdict(a).rank);
    if (!names.length) {
        return [h("h3", null, "Audit"), h("p", { class: "soft" }, "No audit is recorded.")];
    }
    return [
        h("h3", null, "Audit"),
        h(
            "p",
            null,
            names.map((name) => [verdictBadge(name, files.get(name).length), " "]),
            unchecked ? badge(`${format(unchecked)} not checked`) : null,
        ),
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
    const heads = [["Verdict"], ["File", "file"], ["Folder"]];
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
    const heads = [
        ["When", "when"],
        ["What", "word"],
        ["File", "file"],
        ["Result", "file"],
    ];
    return [h("h3", null, "Recent jobs"), table(heads, recent, "Recent jobs")];
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
    const nothing = h("p", null, "Nothing is recorded.");
    return [
        h("h2", null, "Overview"),
        since === null
            ? null
            : h("p", { class: "notice" }, "Only what was recorded from ", when(since), " on."),
        tiles(),
        ...(model.files.size ? [auditSummary(), attentionTable(), recentJobs()] : [nothing]),
        problems(),
    ];
}
