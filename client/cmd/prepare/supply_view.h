/* supply_view: a client's supply as its readers see it, row by row and added up, and the flag for a count that differs.
 * Writes nothing else. */
#ifndef KAP_CLIENT_CMD_SUPPLY_VIEW_H
#define KAP_CLIENT_CMD_SUPPLY_VIEW_H

struct chart;
struct desk;

#define SUPPLY_VIEW_NO_RECORD "This is a clinical aid. It is not a DEA record."

/* All strengths of chart->client. Raises a flag for each last count that differs and has none yet: clinicians alone can
 * tell, for a client's device knows no dose. KAP_OK or an exit code after saying why not; *flagged counts the flags.
 */
int supply_view_show(struct desk *d, const struct chart *chart, unsigned *flagged);
/* The same, but says only what differs. */
int supply_view_compare(struct desk *d, const struct chart *chart, unsigned *flagged);

#endif
