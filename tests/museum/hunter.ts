// A process that hunts one mutant, or none: as often as asked, each time from the seed after the last. Each ground is the entry
// of a bundle of its own, with the mutant's text in place of the file's.
import type { Ground } from './mutant.js';

export interface HuntOrder {
  readonly ground: Ground;
  readonly hunts: number;
  /** Of one hunt: what survives them all is not found. */
  readonly seedsMax: number;
}

export type HuntNews =
  | { readonly kind: 'found'; readonly seeds: number; readonly seconds: number; readonly finding: string }
  | { readonly kind: 'survived'; readonly seeds: number; readonly seconds: number };

/** One seed. What it found broken; undefined where nothing was. */
export type Hunt<Kind extends Ground['kind']> = (
  ground: Ground & { readonly kind: Kind },
  seed: number,
) => string | undefined | Promise<string | undefined>;

const FINDING_LENGTH_MAX = 300;

export function hunter<Kind extends Ground['kind']>(hunt: Hunt<Kind>): void {
  process.once('message', (order: HuntOrder) => {
    // A broken hunter is no finding: it ends with an error of its own.
    work(order, hunt).then(
      () => process.disconnect(),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

async function work<Kind extends Ground['kind']>({ ground, hunts, seedsMax }: HuntOrder, hunt: Hunt<Kind>): Promise<void> {
  let seed = 0;
  for (let left = hunts; left > 0; left--) {
    const first = seed;
    const begun = process.cpuUsage();
    let finding: string | undefined;
    // The runner starts the hunter of the ground's kind.
    while (finding === undefined && seed - first < seedsMax) finding = await hunt(ground as Ground & { kind: Kind }, ++seed);
    const effort = { seeds: seed - first, seconds: cpuSecondsSince(begun) };
    if (finding === undefined) return tell({ kind: 'survived', ...effort });
    tell({ kind: 'found', ...effort, finding: finding.slice(0, FINDING_LENGTH_MAX) });
  }
}

/** Of the processor, so that a busy machine does not make a mutant look shy. */
function cpuSecondsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e6;
}

const tell = (news: HuntNews): void => void process.send?.(news);

/** Of whatever was thrown, on one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
