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

static __always_inline void resident_pages(struct mm_struct *mm, __s64 *anon, __s64 *file)
{
	if (bpf_core_type_exists(struct mm_rss_stat)) {
		struct mm_struct___before_6_2 *old = (void *)mm;

		*anon = old->rss_stat.count[MM_ANONPAGES].counter;
		*file = old->rss_stat.count[MM_FILEPAGES].counter +
			old->rss_stat.count[MM_SHMEMPAGES].counter;
		return;
	}
	*anon = mm->rss_stat[MM_ANONPAGES].count;
	*file = mm->rss_stat[MM_FILEPAGES].count + mm->rss_stat[MM_SHMEMPAGES].count;
}

SEC("iter/task")
int hr_walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct hr_slot *rss;
	struct mm_struct *mm;
	__s64 anon, file;

	if (ctx->meta->seq_num == 0)
		rss_walk++;
	if (!task || task->pid != task->tgid)
		return 0;
	mm = task->mm;
	if (!mm) /* a kernel thread */
		return 0;
	resident_pages(mm, &anon, &file);
	if (anon + file <= 0)
		return 0;
	rss = known_slot(task->cgroups->dfl_cgrp, task->cgroups->dfl_cgrp->kn->id);
	if (!rss)
		return 0;
	if (rss->walk != rss_walk) {
		rss->walk = rss_walk;
		rss->anon_pages = 0;
		rss->file_pages = 0;
	}
	/* One of a process can be below zero for a moment: the kernel keeps them by CPU. */
	rss->anon_pages += anon > 0 ? anon : 0;
	rss->file_pages += file > 0 ? file : 0;
	return 0;
}

static __always_inline __u64 rss_bytes(const struct hr_slot *rss)
{
	return rss->walk == rss_walk ? (rss->anon_pages + rss->file_pages) << config.page_shift : 0;
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

static __always_inline void fill_memory(struct hr_detail *detail, struct cgroup *cgroup,
					const struct hr_slot *facts)
{
	if (config.memcg_on_v2) {
		struct cgroup_subsys_state *css = css_at(
			cgroup, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
		struct mem_cgroup *memcg = (void *)css;
		__u64 pages;
		__u32 index;

		if (!css || cgroup->level == 0)
			return;
		pages = BPF_CORE_READ(memcg, memory.max);
		detail->memory_limit_bytes =
			pages >= ~0ull >> 1 >> config.page_shift ? ~0ull : pages << config.page_shift;
		for (index = 0; index < 4; index++) {
			__u64 count = 0;

			bpf_core_read(&count, sizeof(count), &memcg->memory_events[MEMCG_HIGH + index]);
			detail->memory_events[index] = count;
		}
		detail->parts |= HR_PART_LIMITS;
	} else if (config.rss_walk) {
		if (facts->walk == rss_walk) {
			detail->memory_anon_bytes = facts->anon_pages << config.page_shift;
			detail->memory_file_bytes = facts->file_pages << config.page_shift;
		}
		detail->parts |= HR_PART_MEMORY;
	}
}

/*
 * The kernel has chosen a victim: the argument is its pid, or since 6.12 (and where that was
 * backported) the task itself. With only the pid, the event names the cgroup of the task that
 * asked for memory; user space looks the victim up.
 */
SEC("tp_btf/mark_victim")
int BPF_PROG(hr_on_oom_pid, int pid)
{
	tell(HR_EVENT_OOM_KILL, bpf_get_current_cgroup_id(), pid);
	return 0;
}

SEC("tp_btf/mark_victim")
int BPF_PROG(hr_on_oom_task, struct task_struct *task)
{
	tell(HR_EVENT_OOM_KILL, task->cgroups->dfl_cgrp->kn->id, task->tgid);
	return 0;
}

#endif
