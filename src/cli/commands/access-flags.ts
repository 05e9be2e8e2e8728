import { Option } from 'commander';

/** What each command has that talks to other programs of an evaluation. */
export function tokenFlag(): Option {
  return new Option(
    '--token <token>',
    'token that the programs of an evaluation show each other (default: the variable PROCTOR_TOKEN, which other users of this machine cannot see)',
  );
}

export function tlsCaFlag(): Option {
  return new Option(
    '--tls-ca <file>',
    'certificates (PEM) to trust beside the usual ones, for programs at https addresses',
  );
}

/** What each command has that serves, or starts what serves. */
export function insecureFlag(): Option {
  return new Option('--insecure', 'let other machines reach this program without a token');
}

export function tlsCertFlag(): Option {
  return new Option('--tls-cert <file>', 'serve HTTPS with this certificate and its chain (PEM)');
}

export function tlsKeyFlag(): Option {
  return new Option('--tls-key <file>', "the certificate's key (PEM)");
}

export function maxBodyFlag(): Option {
  return new Option('--max-body <MiB>', 'refuse longer requests').default('64');
}
