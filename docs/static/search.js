/* Search as people ask. Sphinx wants every word of a question on the page, and ranks a page by its best word alone.
   Here a page counts by how many of the words it has, rare ones more than common ones, and words of its headings
   most; half of the words' weight is enough. A hit leads to the section whose heading says most of the question. */
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const HEADING = 3, PART_OF_A_WORD = 0.4, ENOUGH = 0.5;
  // Pages that answer come before pages that list, and before what tells how the project came about.
  const WEIGHTS = [[/^(howto|tutorial|index|scheduling|questions|faults|coming_from)/, 1.5], [/^methods/, 1.2],
    [/^(changelog|decisions|house|releasing|architecture|reliability|genindex)/, 0.4]];
  const SMALL = new Set(["how", "do", "does", "i", "my", "me", "we", "our", "you", "your", "can", "what", "why",
    "were", "which", "when", "from"]);
  const list = (found) => (found === undefined ? [] : [].concat(found));
  const own = (map, word) => (Object.hasOwn(map, word) ? map[word] : undefined);

  const reaches = (map, word) => {
    const whole = list(own(map, word)).map((file) => [file, 1]);
    if (whole.length || word.length < 4) return whole;
    const parts = Object.keys(map).filter((term) => term.startsWith(word));
    return parts.flatMap((term) => list(map[term]).map((file) => [file, PART_OF_A_WORD]));
  };

  const section = (file, words, stemmer) => {
    let best = [0, null, null];
    for (const [title, places] of Object.entries(Search._index.alltitles)) {
      const said = new Set(splitQuery(title.toLowerCase()).map((word) => stemmer.stemWord(word)));
      const shared = [...words].filter((word) => said.has(word)).length / Math.sqrt(said.size);
      for (const [where, id] of places) if (where === file && shared > best[0]) best = [shared, title, id];
    }
    return best;
  };

  Search.performTermsSearch = (words, excluded) => {
    const { terms, titleterms, filenames, docnames, titles } = Search._index;
    const scores = new Map(), stemmer = new Stemmer();
    let possible = 0;
    const asked = [...words].filter((word) => !SMALL.has(word));
    for (const word of asked.length ? asked : words) {
      const best = new Map();
      for (const [map, weight] of [[terms, 1], [titleterms, HEADING]])
        for (const [file, share] of reaches(map, word))
          best.set(file, Math.max(best.get(file) ?? 0, share * weight));
      const rare = Math.log(1 + docnames.length / (1 + best.size));
      possible += rare;
      for (const [file, weight] of best) {
        const [score, covered] = scores.get(file) ?? [0, 0];
        scores.set(file, [score + rare * weight, covered + rare * Math.min(weight, 1)]);
      }
    }
    for (const word of excluded) for (const [file] of reaches(terms, word)) scores.delete(file);
    return [...scores].filter(([, [, covered]]) => covered >= ENOUGH * possible).map(([file, [score, covered]]) => {
      const [, weight] = WEIGHTS.find(([kind]) => kind.test(docnames[file])) ?? [null, 1];
      const [, heading, id] = section(file, words, stemmer);
      const title = heading && heading !== titles[file] ? `${titles[file]} > ${heading}` : titles[file];
      return [docnames[file], title, id ? `#${id}` : "", null, score * weight * (covered / possible) ** 2,
        filenames[file], SearchResultKind.text];
    });
  };
});
