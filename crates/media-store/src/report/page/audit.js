/* What audits found of a file. */

function noteOf({ foundAt, problem }) {
    return foundAt ? h("span", null, "found at ", link(foundAt, foundAt)) : (problem ?? "");
}

function auditSection(file) {
    const checks = checksOf(file);
    if (!checks.length) {
        const text = model.checked ? "No audit has looked at this file." : "No audit is recorded.";
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
