// Seats that can be taken once, whatever fails. The program knows nothing of clusters: it is handed a client.
import { compare, EtcdError } from 'reknit';

const text = (bytes) => new TextDecoder().decode(bytes);
const keyOf = (seat) => `seats/${seat}`;

/**
 * Takes the seat for the guest, or finds that it is the guest's already: so it may be called again, and calls itself again when it
 * cannot know whether its attempt has arrived.
 * @returns who has the seat now
 */
export async function reserve(client, seat, guest) {
  const key = keyOf(seat);
  for (;;) {
    try {
      const { succeeded, responses } = await client.kv.txn({
        compare: [compare.absent(key)],
        success: [{ put: { key, value: guest } }],
        failure: [{ range: { key } }],
      });
      return succeeded ? guest : text(responses[0].responseRange.kvs[0].value);
    } catch (error) {
      const mayRepeat = error instanceof EtcdError && ['status', 'unreachable', 'timeout'].includes(error.reason);
      if (!mayRepeat || error.outcome !== 'unknown') throw error;
    }
  }
}

export async function guests(client) {
  const { kvs } = await client.kv.range({ key: keyOf(''), prefix: true });
  return new Map(kvs.map(({ key, value }) => [text(key).slice(keyOf('').length), text(value)]));
}
