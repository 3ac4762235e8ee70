/** Host names and the managed /etc/hosts. Models pkg/kubelet/kubelet_pods.go GeneratePodHostNameAndDomain and ensureHostsFile, v1.36.2. */
import type { Pod } from '../../../api/types.ts';

const maxHostnameLength = 63;
/** The kernel's HOST_NAME_MAX. */
const maxFQDNLength = 64;

/** `domain`: `subdomain.namespace.svc.CLUSTERDOMAIN`, or empty. */
export function podHostnameAndDomain(pod: Pod, clusterDomain: string): { hostname: string; domain: string } {
  // It stands alone: neither hostname nor subdomain nor setHostnameAsFQDN count beside it.
  if (pod.spec.hostnameOverride) return { hostname: pod.spec.hostnameOverride, domain: '' };
  let hostname = pod.spec.hostname ?? '';
  if (hostname === '') hostname = pod.metadata.name;
  if (hostname.length > maxHostnameLength) hostname = hostname.slice(0, maxHostnameLength).replace(/[-.]+$/, '');
  const domain = pod.spec.subdomain ? `${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
  return { hostname, domain };
}

/** What `hostname` prints in the pod. Models pkg/kubelet/util GetNodenameForKernel. */
export function kernelHostname(pod: Pod, hostname: string, domain: string): { name: string } | { error: string } {
  if (!pod.spec.setHostnameAsFQDN || domain === '') return { name: hostname };
  const fqdn = `${hostname}.${domain}`;
  if (fqdn.length > maxFQDNLength)
    return {
      error: `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${maxFQDNLength} characters is the max, ${fqdn.length} characters requested)`,
    };
  return { name: fqdn };
}

/** The file's text. `nodeHosts`: the node's own /etc/hosts, for host-network pods. */
export function hostsFile(pod: Pod, podIPs: string[], hostname: string, domain: string, nodeHosts: string): string {
  const lines = pod.spec.hostNetwork
    ? [`# Kubernetes-managed hosts file (host network).\n${nodeHosts}`]
    : [
        '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n',
        ...podIPs.map((ip) => (domain === '' ? `${ip}\t${hostname}\n` : `${ip}\t${hostname}.${domain}\t${hostname}\n`)),
      ];
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length > 0) {
    lines.push('\n# Entries added by HostAliases.\n');
    for (const alias of aliases) lines.push(`${alias.ip}\t${(alias.hostnames ?? []).join('\t')}\n`);
  }
  return lines.join('');
}
