/* guard/budget.c - retries as a share of calls. */
#include "guard/budget.h"

void budget_refill(struct budget *budget)
{
    uint32_t spent = atomic_load_relaxed_u32(&budget->spent);

    while (spent != 0 && !atomic_cas_u32(&budget->spent, &spent,
                                         spent > budget->percent ? spent - budget->percent : 0))
        ;
}

bool budget_take(struct budget *budget)
{
    uint32_t spent = atomic_load_relaxed_u32(&budget->spent);

    do {
        if (spent + BUDGET_RETRY > BUDGET_FULL)
            return false;
    } while (!atomic_cas_u32(&budget->spent, &spent, spent + BUDGET_RETRY));
    return true;
}
