/* What is shown while no file is chosen. */

const RECENT = 12;

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
                  verdicts.has(null) ? badge(`${format(verdicts.get(null))} not checked`) : null,
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
