// What one watcher asked for and saw, through all the streams that it needed: plain data for `checkWatch`.
import type { Millis } from '@reknit/base';

export interface WatchSpec {
  readonly id: number;
  /** A binary string, as is `rangeEnd`; the latter as in requests. */
  readonly key: string;
  readonly rangeEnd: string;
  readonly without: 'nothing' | 'puts' | 'deletes';
  /** Events carry the key as it was before. */
  readonly previous: boolean;
  /** A revision may come in several responses, where all but the last say so. */
  readonly fragment: boolean;
}

export interface SeenVersion {
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
}

export interface SeenEvent {
  readonly kind: 'put' | 'delete';
  readonly key: string;
  /** Of a deletion only the mod revision means something. */
  readonly now: SeenVersion;
  readonly before: SeenVersion | undefined;
}

export type WatchStep =
  | {
      readonly kind: 'created';
      readonly at: Millis;
      readonly member: string;
      /** As requested; 0: from now on. */
      readonly from: number;
      /** The answer's header revision. */
      readonly revision: number;
    }
  | { readonly kind: 'events'; readonly at: Millis; readonly events: readonly SeenEvent[]; readonly more: boolean }
  /** Everything up to this revision has come. */
  | { readonly kind: 'progress'; readonly at: Millis; readonly revision: number }
  /** The server ended the watch, since it began below this. */
  | { readonly kind: 'compacted'; readonly at: Millis; readonly revision: number }
  /** The stream ended, whatever ended it. */
  | { readonly kind: 'cut'; readonly at: Millis };

export interface WatchLog {
  readonly spec: WatchSpec;
  readonly steps: readonly WatchStep[];
}
