export { mergeKeyOf, type MergeKey } from '../../../api/merge-keys.ts';
