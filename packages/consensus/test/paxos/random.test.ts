import { paxos } from '../../src/index.js';
import { describeRandomRuns } from '../support/random-suite.js';

describeRandomRuns(paxos);
