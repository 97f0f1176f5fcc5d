// What the public types promise to those who write against them; the compiler is the judge.
import { expectTypeOf, test } from 'vitest';
import type {
  Client,
  CompactedError,
  CompareInput,
  EtcdError,
  Leader,
  Leadership,
  Lease,
  LeaseLostError,
  Lock,
  Transport,
  Watch,
  WatchBatch,
} from '../src/index.js';
import { createClient } from '../src/index.js';

test('a watch is iterated by batches, whose events are of two kinds', () => {
  expectTypeOf<Watch>().toExtend<AsyncIterable<WatchBatch>>();
  expectTypeOf<WatchBatch['events'][number]['type']>().toEqualTypeOf<'put' | 'delete'>();
});

test('what is held can be disposed of, is fenced, and has a signal', () => {
  expectTypeOf<Client | Watch | Lease | Lock | Leadership>().toExtend<AsyncDisposable>();
  expectTypeOf<Lock | Leadership>().toExtend<{ token: number; fence: CompareInput; signal: AbortSignal; lease: Lease }>();
  expectTypeOf<Lease['lost']>().resolves.toEqualTypeOf<LeaseLostError>();
  expectTypeOf<ReturnType<Client['election']>['leader']>().returns.resolves.toEqualTypeOf<Leader | undefined>();
});

test('errors are told apart by words', () => {
  expectTypeOf<CompactedError>().toExtend<EtcdError>();
  expectTypeOf<EtcdError['outcome']>().toEqualTypeOf<'refused' | 'unknown'>();
  expectTypeOf<EtcdError['reason']>().toEqualTypeOf<
    'status' | 'unreachable' | 'timeout' | 'aborted' | 'closed' | 'compacted' | 'lease-lost'
  >();
});

test('keys are text or bytes, and every call takes a signal', () => {
  expectTypeOf(createClient).parameter(0).toHaveProperty('transport').toEqualTypeOf<Transport | undefined>();
  expectTypeOf<Parameters<Client['kv']['put']>[0]['key']>().toEqualTypeOf<string | Uint8Array>();
  expectTypeOf<{ signal: AbortSignal }>().toExtend<NonNullable<Parameters<Client['kv']['put']>[1]>>();
  expectTypeOf<{ signal: AbortSignal }>().toExtend<NonNullable<Parameters<Client['lock']>[1]>>();
  expectTypeOf<{ signal: AbortSignal }>().toExtend<NonNullable<Parameters<Client['watch']>[1]>>();
});
