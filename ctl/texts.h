#ifndef CONFAB_CTL_TEXTS_H
#define CONFAB_CTL_TEXTS_H

#include "common/buf.h"

/*
 * Statements that are put together at run time: struct sql knows them by their
 * address, so they live as long as the process. There are few of them.
 */

/* The same address for the same text, and `text` is released. NULL when memory
 * is out. */
const char *texts_keep(struct buf *text);

#endif
