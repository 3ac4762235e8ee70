export { type MergeKey, mergeKeyOf } from '../../../api/merge-keys.ts';
