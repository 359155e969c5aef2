/* qr: shows a short text as a QR code made of characters, through libqrencode. */
#ifndef KAP_CLIENT_UI_QR_H
#define KAP_CLIENT_UI_QR_H

struct out;

/* For people only: nothing with --plain and --json. Upper-case letters, digits and $%*+-./: make the smallest code. */
void qr_show(struct out *out, const char *text);

#endif
