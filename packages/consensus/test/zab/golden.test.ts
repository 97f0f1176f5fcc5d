import { zab } from '../../src/index.js';
import { describeGolden } from '../support/golden.js';

describeGolden(zab);
