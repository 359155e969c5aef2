/* export_fhir: `kap export --fhir`: a client's record for another program, in a file that is not sealed. */
#ifndef KAP_CLIENT_CMD_EXPORT_FHIR_H
#define KAP_CLIENT_CMD_EXPORT_FHIR_H

struct desk;

/* About the client that was typed (NULL: oneself) into `path` (NULL: none was named). Asks first. An exit code. */
int export_fhir(struct desk *d, const char *typed, const char *path);

#endif
