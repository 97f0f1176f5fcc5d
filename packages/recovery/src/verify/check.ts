/** What is asked after a repair, of whom the driver says that it makes sense. */
export type Check =
  /** The life that was verified is the one that runs. */
  | 'identity'
  /** A write and a read through the client path. */
  | 'canary'
  | 'lag'
  /** Every member that ought to be up is. */
  | 'redundancy'
  /** Equal state hashes at one revision. */
  | 'hash'
  /** Its declared probes are good. */
  | 'probe'
  /** Its own verification, where it declares one. */
  | 'own'
  /** Its metrics are back in band, and no new error pattern stands in its log. */
  | 'metrics'
  /** A while without recurrence. */
  | 'soak';
