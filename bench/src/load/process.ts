// The process of the load: takes one job from its parent, gives one result, ends. Its own process, so that neither the
// harness nor another run's garbage is in its way.
import { type JobKind, type Jobs, RUNNERS } from './jobs.js';

export type LoadRequest =
  | { readonly [K in JobKind]: { readonly kind: K; readonly job: Jobs[K]['job'] } }[JobKind]
  | { readonly kind: 'word'; readonly word: string };

export type LoadReply<R = unknown> =
  | { readonly kind: 'done'; readonly result: R }
  | { readonly kind: 'failed'; readonly message: string };

let onWord = (_word: string): void => {};

function answer(reply: LoadReply): void {
  process.send?.(reply, () => process.exit());
}

function run<K extends JobKind>(kind: K, job: Jobs[K]['job']): void {
  RUNNERS[kind](job, (listener) => {
    onWord = listener;
  }).then(
    (result) => answer({ kind: 'done', result }),
    (error: unknown) => answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
}

process.on('message', (request: LoadRequest) => {
  if (request.kind === 'word') onWord(request.word);
  else run(request.kind, request.job);
});
process.on('disconnect', () => process.exit());
