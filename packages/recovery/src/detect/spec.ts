// What a component declares of how its illness shows, as plain data: what a file said, for one instance, with every variable
// filled in and every default in place. Whoever detects needs no other knowledge of the component.
//
// Surprising: what a probe asks is apart from how often. The same question serves to detect and to verify.
import type { Millis } from '@reknit/base';

/** A question with one answer. */
export type ProbeSpec =
  | {
      readonly kind: 'http';
      /** As said in `method url`; names the signal unless a name was given. */
      readonly name: string;
      /** `http:` or `https:`. */
      readonly url: string;
      readonly method: 'GET' | 'HEAD' | 'POST';
      readonly headers: Readonly<Record<string, string>>;
      /** Good statuses, inclusive ranges; default 200 to 399. */
      readonly expectStatus: readonly { readonly from: number; readonly to: number }[];
      /** A regular expression that the body's first 64 KiB must match; absent: any body. */
      readonly expectBody?: string;
    }
  /** Good when a connection is accepted. The address is `host:port`. */
  | { readonly kind: 'tcp'; readonly name: string; readonly address: string }
  | {
      /** grpc.health.v1.Health/Check over HTTP/2 without TLS. */
      readonly kind: 'grpc';
      readonly name: string;
      /** `host:port` */
      readonly address: string;
      /** Empty: the server as a whole. */
      readonly service: string;
    }
  | {
      /** Good when it exits with 0. Run without a shell; OCF codes are not looked at. */
      readonly kind: 'command';
      readonly name: string;
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd?: string;
      readonly env: Readonly<Record<string, string>>;
    };

/** How often a question is asked, and how many answers in a row make an illness of it. */
export interface Cadence {
  readonly everyMs: Millis;
  readonly timeoutMs: Millis;
  /** Bad answers in a row; at least 1. */
  readonly failures: number;
}

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

export type DetectSpec =
  | ({ readonly kind: 'probe'; readonly probe: ProbeSpec } & Cadence)
  | {
      /** One sample of a page in Prometheus's text format, held against a limit. */
      readonly kind: 'metric';
      readonly name: string;
      readonly url: string;
      /** The sample's name, and the labels that it must carry; of several that match, the worst counts. */
      readonly metric: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly comparison: Comparison;
      readonly limit: number;
      /** Held against how the sample rises per second, for counters. */
      readonly asRate: boolean;
      /** How long the limit must be broken without a pause; 0: one reading is enough. */
      readonly forMs: Millis;
      readonly everyMs: Millis;
      readonly timeoutMs: Millis;
    }
  | {
      /** A pattern in what the component writes. */
      readonly kind: 'log';
      readonly name: string;
      /** A JavaScript regular expression without flags, tried on each line. */
      readonly pattern: string;
      /** `output`: what the instance itself writes to stdout and stderr (its log file under the agent). */
      readonly source: { readonly kind: 'output' } | { readonly kind: 'file'; readonly path: string };
      /** How many lines within `withinMs` make an illness of it; default 1. */
      readonly count: number;
      readonly withinMs: Millis;
    }
  | {
      readonly kind: 'disk';
      readonly name: string;
      /** Any path of the file system in question. */
      readonly path: string;
      /** Low when fewer are free. */
      readonly minFreeBytes: number;
      /** Low when fewer of its bytes are free, as a share of 1. */
      readonly minFreeShare: number;
      readonly everyMs: Millis;
    };

/** What must be seen before a mended component counts as healthy. */
export interface VerifySpec {
  /** Each must answer well once after the start, and again at the end of the soak. */
  readonly probes: readonly { readonly probe: ProbeSpec; readonly timeoutMs: Millis }[];
  /** How long no detector may complain; absent: the engine's own default. */
  readonly soakMs?: Millis;
}
