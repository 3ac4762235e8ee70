/** Objects as `kubectl get -o yaml` prints them: keys sorted, block style. */
import { stringify } from 'yaml';

export function printYaml(object: unknown): string {
  return stringify(object, { sortMapEntries: true, lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false, version: '1.1', singleQuote: false });
}
