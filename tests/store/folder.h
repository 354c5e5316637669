/* folder.h - a folder of the test's own, 0700, that is gone at the end. */
#ifndef FOLDER_H
#define FOLDER_H

/* Makes it anew, empty. Static. */
const char *folder_make(void);
/* "FOLDER/name"; 64 of them are kept. */
const char *folder_path(const char *name);
void folder_remove(void);

#endif
