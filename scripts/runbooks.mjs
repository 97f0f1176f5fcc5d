// The parts of the runbooks that are data: docs/runbooks/<class>.md, between two marks. The rest of each page is written by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** @typedef {import('@reknit/recovery').FaultClass} FaultClass */

const BEGIN = '<!-- made by npm run docs:runbooks -->';
const END = '<!-- written by hand from here -->';

/** @param {string} name */
const pageOf = (name) => new URL(`../docs/runbooks/${name}.md`, import.meta.url);

/** @param {number | 'rules-out'} weight */
const inWords = (weight) => (weight === 'rules-out' ? 'rules it out' : weight > 0 ? `+${weight}` : `−${-weight}`);

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** @param {readonly string[]} names */
const links = (names) => names.map((name) => `[${name}](${name}.md)`).join(', ');

/** @param {number} ms */
const duration = (ms) => (ms === 0 ? 'none' : ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`);

/** What the sources say of a class. @param {FaultClass} fault */
export function renderClass(fault) {
  const relations = [
    `Looks like ${links(fault.neighbours)}.`,
    ...(fault.suppresses.length === 0 ? [] : [`Where it holds it explains ${links(fault.suppresses)} as well.`]),
    ...(fault.waitsFor.length === 0 ? [] : [`Its repair waits for repairs of ${links(fault.waitsFor)} elsewhere.`]),
  ];
  return [
    BEGIN,
    '## How Reknit recognises it',
    '',
    '| evidence | told by | weight |',
    '|---|---|---|',
    ...[...fault.evidence]
      .sort((a, b) => Number(b.weight === 'rules-out' ? -99 : b.weight) - Number(a.weight === 'rules-out' ? -99 : a.weight))
      .map(({ means, from, weight }) => `| ${capital(means)} | ${from} | ${inWords(weight)} |`),
    '',
    'Weights are log-odds; it takes 3, and 1 more than any class that looks like it ([diagnosis by evidence](../concepts/diagnosis-by-evidence.md)).',
    relations.join(' '),
    '',
    '## What Reknit does',
    '',
    ...fault.ladder.map((rung, at) => `${at + 1}. ${rung.map((action) => `\`${action}\``).join(', then ')}`),
    '',
    `Severity ${fault.severity}, scope ${fault.scope}, cooldown ${duration(fault.cooldownMs)}${fault.mode === 'passive' ? ', passive: each plan waits for an approval' : ''}.`,
    fault.verification.length === 0 ? 'Nothing is to be verified.' : `Verified by ${fault.verification.join(', ')}.`,
    END,
  ].join('\n');
}

/** @param {string} page @param {FaultClass} fault */
export function withClass(page, fault) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < 0) throw new Error(`docs/runbooks/${fault.name}.md lacks its marks: ${BEGIN} and ${END}`);
  return page.slice(0, begin) + renderClass(fault) + page.slice(end + END.length);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { CATALOGUE } = await import('@reknit/recovery');
  for (const fault of CATALOGUE) {
    const file = pageOf(fault.name);
    writeFileSync(file, withClass(readFileSync(file, 'utf8'), fault));
  }
  console.log(`${CATALOGUE.length} runbooks written`);
}
