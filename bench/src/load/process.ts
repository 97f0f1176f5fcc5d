// The process of the load: takes one job from its parent, gives one result, ends. Its own process, so that neither the
// harness nor another run's garbage is in its way.
import { type ClosedJob, type ClosedResult, runClosedLoad } from './closed-load.js';
import { type PacedJob, PacedLoad, type PacedResult } from './paced-load.js';

export type LoadRequest =
  | { readonly kind: 'closed'; readonly job: ClosedJob }
  | { readonly kind: 'paced'; readonly job: PacedJob }
  | { readonly kind: 'stop' };

export type LoadReply =
  | { readonly kind: 'closed'; readonly result: ClosedResult }
  | { readonly kind: 'paced'; readonly result: PacedResult }
  | { readonly kind: 'failed'; readonly message: string };

let paced: PacedLoad | undefined;

function answer(reply: LoadReply): void {
  process.send?.(reply, () => process.exit());
}

process.on('message', (request: LoadRequest) => {
  switch (request.kind) {
    case 'closed':
      runClosedLoad(request.job).then(
        (result) => answer({ kind: 'closed', result }),
        (error: unknown) => answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
      );
      return;
    case 'paced':
      paced = new PacedLoad(request.job);
      return;
    case 'stop':
      if (paced !== undefined) answer({ kind: 'paced', result: paced.stop() });
  }
});
process.on('disconnect', () => process.exit());
