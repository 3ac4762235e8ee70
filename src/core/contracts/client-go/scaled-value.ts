/** intstr.GetScaledValueFromIntOrPercent. Models k8s.io/apimachinery/pkg/util/intstr, v1.36.2. */
import type { IntOrString } from '../../api/types.ts';

/** A number or a percentage of `total`; what is neither counts as 0. */
export function scaledValue(value: IntOrString | undefined, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value;
  const m = /^(\d{1,9})%$/.exec(value ?? '');
  if (!m) return 0;
  const exact = (Number(m[1]) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}
