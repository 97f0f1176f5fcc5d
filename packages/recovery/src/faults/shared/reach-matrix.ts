// Who sees whom, as far as both ends say it. A link whose one end says nothing is unknown: its silence may be a death, a hang
// or a cut, and the matrix must not tell these apart by guessing.
//
// Surprising: what has been said for a moment only counts as not said. Members that are late suspect each other by turns, and that
// looks one-way at every look.
import type { Reach } from '../../detect/facts.js';

/** Several times what a suspicion lasts that a late pulse ends. */
export const LASTING_MS = 5000;

export type Link = 'good' | 'one-way' | 'cut' | 'unknown';

function linkOf(reach: readonly Reach[], a: string, b: string): Link {
  const there = word(reach, a, b);
  const back = word(reach, b, a);
  if (there === undefined || back === undefined) return 'unknown';
  if (there !== back) return 'one-way';
  return there ? 'good' : 'cut';
}

function word(reach: readonly Reach[], from: string, to: string): boolean | undefined {
  const said = reach.find((each) => each.from === from && each.to === to);
  return said === undefined || said.forMs < LASTING_MS ? undefined : said.ok;
}

/** Members that say something; only they can be in a block. */
export const speakersOf = (reach: readonly Reach[]): readonly string[] => [...new Set(reach.map(({ from }) => from))].sort();

/** All that are named, also those that say nothing. */
export const membersOf = (reach: readonly Reach[]): readonly string[] =>
  [...new Set(reach.flatMap(({ from, to }) => [from, to]))].sort();

/** Speakers, together as long as any link between them is not known to be cut. Largest first. */
export function blocksOf(reach: readonly Reach[]): readonly (readonly string[])[] {
  const left = new Set(speakersOf(reach));
  const blocks: string[][] = [];
  for (const first of left) {
    const block = [first];
    left.delete(first);
    for (const member of block)
      for (const other of [...left])
        if (linkOf(reach, member, other) !== 'cut') {
          left.delete(other);
          block.push(other);
        }
    blocks.push(block.sort());
  }
  return blocks.sort((a, b) => b.length - a.length);
}

export const isMajority = (block: readonly string[], members: readonly string[]): boolean => block.length * 2 > members.length;

export interface BadLink {
  readonly other: string;
  readonly link: 'one-way' | 'cut';
  /** Who hears both ends of a cut link. */
  readonly through: string | undefined;
}

/** Of the subject: one-way, or cut although a third member has good links to both ends. */
export function badLinkOf(reach: readonly Reach[], subject: string): BadLink | undefined {
  const others = speakersOf(reach).filter((name) => name !== subject);
  for (const other of others) {
    const link = linkOf(reach, subject, other);
    if (link === 'one-way') return { other, link, through: undefined };
    const through = others.find((third) => linkOf(reach, subject, third) === 'good' && linkOf(reach, third, other) === 'good');
    if (link === 'cut' && through !== undefined) return { other, link, through };
  }
  return undefined;
}
