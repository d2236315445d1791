/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Memory of a cgroup: the memcg's own figure where the controller is on the v2
 * tree, else the resident memory of its tasks.
 *
 * Hook: iter/task, one walk a tick and only in the second case.
 * Cannot see, in the second case: page cache, kernel memory, what a process
 * whose first thread has exited still holds; shared pages count once a process.
 */
#ifndef HEADROOM_MEMORY_H
#define HEADROOM_MEMORY_H

#include "maps.h"

static __u64 rss_walk; /* number of the task walk under way */

static __always_inline __s64 resident_pages(struct mm_struct *mm)
{
	if (bpf_core_type_exists(struct mm_rss_stat)) {
		struct mm_struct___before_6_2 *old = (void *)mm;

		return old->rss_stat.count[MM_FILEPAGES].counter +
		       old->rss_stat.count[MM_ANONPAGES].counter +
		       old->rss_stat.count[MM_SHMEMPAGES].counter;
	}
	return mm->rss_stat[MM_FILEPAGES].count + mm->rss_stat[MM_ANONPAGES].count +
	       mm->rss_stat[MM_SHMEMPAGES].count;
}

SEC("iter/task")
int hr_walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct hr_slot *rss;
	struct mm_struct *mm;
	__s64 pages;

	if (ctx->meta->seq_num == 0)
		rss_walk++;
	if (!task || task->pid != task->tgid)
		return 0;
	mm = task->mm;
	if (!mm) /* a kernel thread */
		return 0;
	pages = resident_pages(mm);
	if (pages <= 0)
		return 0;
	rss = known_slot(task->cgroups->dfl_cgrp, task->cgroups->dfl_cgrp->kn->id);
	if (!rss)
		return 0;
	if (rss->walk != rss_walk) {
		rss->walk = rss_walk;
		rss->pages = 0;
	}
	rss->pages += pages;
	return 0;
}

static __always_inline __u64 rss_bytes(const struct hr_slot *rss)
{
	return rss->walk == rss_walk ? rss->pages << config.page_shift : 0;
}

/* Usage of the cgroup's memcg in bytes; false when the controller is not on for it. */
static __always_inline bool memcg_bytes(struct cgroup *cgroup, __u64 *bytes)
{
	struct cgroup_subsys_state *css =
		css_at(cgroup, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	struct mem_cgroup *memcg = (void *)css; /* css is its first field */

	if (!css)
		return false;
	*bytes = BPF_CORE_READ(memcg, memory.usage.counter) << config.page_shift;
	return true;
}

#endif
