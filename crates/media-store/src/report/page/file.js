/* Everything about the chosen file. */

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
    return [h("h2", null, "Not in this report"), h("p", null, `Nothing is recorded of ${path}.`)];
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
