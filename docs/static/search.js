/* Search as people ask. Sphinx wants every word of a question on a page, and ranks a page by its best word alone.
   Here a section counts (sections.js: docs/sections.py) by how many of the words it has: rare words more than common
   ones, words of headings most, the names that the pages have for a thing nearly as much as the asked one. Words that
   stand nowhere are passed over; half of the others' weight is enough. Each page answers with its best section. */
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined" || typeof SECTIONS === "undefined") return;
  const HEADING = 3, TITLE = 1.5, PART_OF_A_WORD = 0.4, OTHERWISE = 0.7, ENOUGH = 0.5, LONG = 60;
  // Pages that answer come before pages that list, and before what tells how the project came about.
  const WEIGHTS = [[/^(howto|methods)\/index|^methods\/(simulator|disclosure|laws)/, 0.7],
    [/^(howto|tutorial|index|scheduling|questions|faults|coming_from)/, 1.6], [/^methods/, 1.2],
    [/^(changelog|decisions|house|releasing|architecture|reliability|genindex)/, 0.4]];
  const SMALL = new Set(["how", "do", "does", "i", "my", "me", "we", "our", "you", "your", "can", "what", "why",
    "were", "which", "when", "from", "calcul", "comput", "get", "want", "need"]);
  // What people call a thing, and the words that the pages have for it.
  const SAID_OTHERWISE = {
    "anonymise anonymize anonymous anonymised pseudonymise pseudonymize deidentify deidentified": "names share copy",
    "privacy confidential suppress suppression mask masking censor": "hide small counts disclosure",
    "duration durable durability persist persistence sustained": "lasts long",
    "single individual": "one patient",
    "plot figure chart graph visualise visualize picture image": "draw plots",
    "weekly monthly nightly cron email mail automate automatic schedule recurring timer": "schedule monday every",
    "safety toxicity harm side ae aes tolerability": "adverse events",
    "incomplete gaps imputation impute dropout withdrawal": "missing days",
    "responder responders response": "responders share",
    "triptan triptans painkiller painkillers analgesic medication rescue overuse": "acute drugs overuse",
    "hit hit6 midas phq phq9 msq questionnaire questionnaires mood depression disability": "questionnaires scores",
    "spreadsheet xlsx xls workbook": "excel sheet",
    "sql postgres postgresql sqlite mysql": "database",
    "rejected dropped excluded skipped invalid error errors failed lost": "refused wrong faults",
    "rename map mapping headers": "column names",
    "subgroup subgroups heterogeneity moderator": "benefits subgroups",
    "placebo control controlled comparison difference randomised randomized": "arms compare",
    "power sample size": "plan",
    "reproduce reproducible verify audit tampered": "check report",
    "strobe consort guideline": "reporting checklist",
    "docker container server compose": "scheduling image",
    "language german french translate decimal comma": "files written",
    "multicentre multicenter hospitals centres centers": "sites",
    "docx rtf": "word table",
    "merge append concatenate join stack": "combine several",
    "validate validation quality clean cleaning plausibility": "wrong faults check",
    "covariate covariates confounder confounders": "adjust",
    "interval intervals uncertainty ci": "limits",
    "print printable": "sheet pdf",
  };
  const stemmer = new Stemmer();
  const stems = (words) => splitQuery(words.toLowerCase()).map((word) => stemmer.stemWord(word));
  const meant = new Map(Object.entries(SAID_OTHERWISE).flatMap(([asked, others]) =>
    stems(asked).map((word) => [word, stems(others)])));
  const titles = new Map();
  const sections = SECTIONS.filter(([, , heading]) => heading !== "References").map(([page, id, heading, words]) => {
    if (!titles.has(page)) titles.set(page, heading);
    return { page, id, heading, said: new Set(words.split(" ")), named: new Set(stems(heading)),
      titled: new Set(stems(titles.get(page))) };
  });

  const says = (section, word) => {
    if (section.named.has(word)) return HEADING / Math.sqrt(Math.max(1, section.named.size / 6));
    if (section.titled.has(word)) return TITLE;
    if (section.said.has(word)) return 1 / Math.sqrt(Math.max(1, section.said.size / LONG));
    const parts = word.length > 3 && [...section.named, ...section.said].some((said) => said.startsWith(word));
    return parts ? PART_OF_A_WORD : 0;
  };

  const means = (section, word) => Math.max(says(section, word),
    ...(meant.get(word) ?? []).map((other) => OTHERWISE * says(section, other)));

  const ranked = (words) => {
    const scores = new Map(sections.map((section) => [section, [0, 0]]));
    let possible = 0;
    for (const word of words) {
      const found = sections.map((section) => [section, means(section, word)]).filter(([, weight]) => weight > 0);
      if (!found.length) continue;
      const rare = Math.log(1 + sections.length / found.length);
      possible += rare;
      for (const [section, weight] of found) {
        const [score, covered] = scores.get(section);
        scores.set(section, [score + rare * weight, covered + rare]);
      }
    }
    const enough = [...scores].filter(([, [, covered]]) => covered > 0 && covered >= ENOUGH * possible);
    return enough.map(([section, [score, covered]]) => [section, score * (covered / possible) ** 1.5]);
  };

  Search.performTermsSearch = (words, excluded) => {
    const { filenames, docnames } = Search._index;
    const asked = [...words].filter((word) => !SMALL.has(word));
    const best = new Map();
    for (const [section, score] of ranked(asked.length ? asked : [...words])) {
      if ([...excluded].some((word) => says(section, word) >= 1)) continue;
      const [, weight] = WEIGHTS.find(([kind]) => kind.test(section.page)) ?? [null, 1];
      if (score * weight > (best.get(section.page)?.[1] ?? 0)) best.set(section.page, [section, score * weight]);
    }
    return [...best].map(([page, [{ id, heading }, score]]) => {
      const whole = heading === titles.get(page);
      return [page, whole ? heading : `${titles.get(page)} > ${heading}`, whole ? "" : `#${id}`, null, score,
        filenames[docnames.indexOf(page)], SearchResultKind.text];
    });
  };
});
