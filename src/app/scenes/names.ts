/** Pods by short names, as on the map. */
import { shortPodName } from '../map/facts.ts';
import { useRecord } from '../state/records.ts';

/** `web-…-tz7mn`; `name` for a pod that the API server does not have. */
export function useShortName(uid: string, name: string): string {
  const pod = useRecord<'pod'>(`pod/${uid}`);
  return pod ? shortPodName(pod) : name;
}
