// node bench/put-request.mjs (after a build): cost of the codecs that every write passes, in nanoseconds per call.
import {
  createKeyValue,
  createPutRequest,
  createRangeResponse,
  createResponseHeader,
  decodePutRequest,
  decodeRangeResponse,
  encodePutRequest,
  encodePutResponse,
  encodeRangeResponse,
} from '../dist/index.js';

const ROUNDS = 9;
const CALLS = 200_000;

function nanosecondsPerCall(run) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) run();
    times.push(Number(process.hrtime.bigint() - start) / CALLS);
  }
  return Math.round(times.sort((left, right) => left - right)[ROUNDS >> 1]);
}

const put = createPutRequest({ key: new Uint8Array(16).fill(65), value: new Uint8Array(256).fill(66) });
const leased = createPutRequest({ ...put, lease: 0x1234_5678_9abc_def0n });
const header = createResponseHeader({
  clusterId: 0xfeed_beef_dead_cafen,
  memberId: 0x1122_3344_5566_7788n,
  revision: 123_456,
  raftTerm: 7,
});
const kv = createKeyValue({ key: put.key, value: put.value, createRevision: 1000, modRevision: 123_456, version: 3 });
const range = createRangeResponse({ header, kvs: [kv], count: 1 });

const putBytes = encodePutRequest(put).slice();
const leasedBytes = encodePutRequest(leased).slice();
const rangeBytes = encodeRangeResponse(range).slice();
console.table({
  'PutRequest encode': nanosecondsPerCall(() => encodePutRequest(put)),
  'PutRequest decode': nanosecondsPerCall(() => decodePutRequest(putBytes)),
  'PutRequest with lease encode': nanosecondsPerCall(() => encodePutRequest(leased)),
  'PutRequest with lease decode': nanosecondsPerCall(() => decodePutRequest(leasedBytes)),
  'PutResponse encode': nanosecondsPerCall(() => encodePutResponse({ header, prevKv: undefined })),
  'RangeResponse encode': nanosecondsPerCall(() => encodeRangeResponse(range)),
  'RangeResponse decode': nanosecondsPerCall(() => decodeRangeResponse(rangeBytes)),
});
