/**
 * Certificates of a test: its own authority, a server's certificate for this machine, and certificates that must be
 * refused. Created with openssl, valid for a day.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Scratch } from './scratch.js';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** The authority's certificate, the file for NODE_EXTRA_CA_CERTS. */
  readonly authority: string;
  /** For 127.0.0.1, by the authority. */
  readonly good: Certificate;
  /** By the authority, for another host. */
  readonly elsewhere: Certificate;
}

export function makeCertificates(scratch: Scratch): Certificates {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: scratch.folder, stdio: 'pipe' });
  const subject = (name: string) => [
    '-subj',
    `/CN=${name}`,
    '-nodes',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
  ];
  openssl('req', '-x509', ...subject('authority'), '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '1');
  const issue = (name: string, alternative: string): Certificate => {
    openssl('req', ...subject(name), '-keyout', `${name}.key`, '-out', `${name}.csr`);
    writeFileSync(scratch.path(`${name}.ext`), `subjectAltName=${alternative}\n`);
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...by,
      '-out',
      `${name}.crt`,
      '-days',
      '1',
      '-extfile',
      `${name}.ext`,
    );
    return { cert: scratch.path(`${name}.crt`), key: scratch.path(`${name}.key`) };
  };
  return {
    authority: scratch.path('ca.crt'),
    good: issue('good', 'IP:127.0.0.1'),
    elsewhere: issue('elsewhere', 'DNS:elsewhere.example'),
  };
}
