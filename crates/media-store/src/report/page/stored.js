/* JSON columns as they were stored. */

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
