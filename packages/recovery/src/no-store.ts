// An agent without a store: for components on a machine that has none. It lives by reflexes and its journal alone; nobody is
// elected, nothing is published, and whatever would need a quorum is refused by the same words as when it cannot be reached.
import { type StoreClient, StoreError } from './store-client.js';

const refuse = (): Promise<never> => Promise.reject(new StoreError('unavailable', 'this agent has no store'));

/** Known by its identity: who gets it does not even ask. */
export const NO_STORE: StoreClient = {
  get: refuse,
  put: refuse,
  putIf: refuse,
  listKeys: refuse,
  transact: refuse,
  grantLease: refuse,
  keepLease: refuse,
  revokeLease: refuse,
  status: refuse,
  hashKV: refuse,
};
