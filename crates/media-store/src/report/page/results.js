/* The analysis results of a file. */

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
