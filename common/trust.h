#ifndef CONFAB_COMMON_TRUST_H
#define CONFAB_COMMON_TRUST_H

/* The file of the certificates that every TLS connection trusts: the one that
 * SSL_CERT_FILE names, else the system's. Valid as long as the environment. */
const char *trust_file(void);

#endif
