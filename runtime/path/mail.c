/* path/mail.c - the argument is at the top of mail.h. */
#include "path/mail.h"

#include "path/parking.h"

void mail_post(struct mailbox *box, struct mail *mail)
{
    do
        mail->next = atomic_load_relaxed_ptr(&box->last);
    while (!atomic_cas_ptr(&box->last, mail->next, mail));
    atomic_or_u32(box->attention, ATTENTION_MAIL);
    parking_wake(box->parking);
}

struct mail *mail_take(struct mailbox *box)
{
    struct mail *last, *first = NULL;

    atomic_and_u32(box->attention, ~(uint32_t)ATTENTION_MAIL);
    do
        last = atomic_load_relaxed_ptr(&box->last);
    while (!atomic_cas_ptr(&box->last, last, NULL));
    while (last != NULL) {
        struct mail *before = last->next;

        last->next = first;
        first = last;
        last = before;
    }
    return first;
}
