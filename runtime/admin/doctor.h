/* doctor.h - what the parts of the doctor share: findings. */
#ifndef BUSADM_DOCTOR_H
#define BUSADM_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "admin.h"

enum weight { WELL, HINT, WARNING, ERROR };

struct doctor {
    const struct options *options;
    uint32_t findings; /* warnings and errors */
};

/* One thing that was looked at: what was found, and what to do about it (NULL: nothing). */
void found(struct doctor *doctor, enum weight weight, const char *subject, const char *advice,
           const char *format, ...) __attribute__((format(printf, 5, 6)));

/* doctor_files.c */
void look_at_socket(struct doctor *doctor, const char *path);
void look_at_store(struct doctor *doctor, const char *path);
void look_at_folder(struct doctor *doctor, const char *path);

/* doctor_system.c */
void look_at_versions(struct doctor *doctor);
void look_at_kernel(struct doctor *doctor);
void look_at_limits(struct doctor *doctor, uint64_t pid);
void look_at_clock(struct doctor *doctor);

/* SQLite as the number of sqlite3_libversion_number: what is wrong with it; NULL: nothing that is
 * known. */
const char *defect_of_sqlite(int version);

#endif
