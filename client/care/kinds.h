/* kinds: the kinds of content this program knows, as one array that writing, reading, showing and exporting all use. A
 * clinical kind is one file in this folder and one row in kinds.c. */
#ifndef KAP_CLIENT_CARE_KINDS_H
#define KAP_CLIENT_CARE_KINDS_H

#include "proto/content.h"

extern const struct content_kinds care_kinds;

#endif
