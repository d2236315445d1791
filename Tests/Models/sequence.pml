/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sequence counts of the shared table, as Sources/Aggregates/SharedTable.swift and TableReader.swift have them,
 * on a machine that reorders. docs/lock-freedom.md says what is shown and how it is run:
 *
 *	spin -a sequence.pml && cc -O2 -DNOCLAIM -o pan pan.c && ./pan -m100000		no copy is torn
 *	spin -a sequence.pml && cc -O2 -DNFAIR=3 -o pan pan.c && ./pan -a -f -m100000	the writer never waits
 *
 * The writer's stores come into memory one by one, in any order that its fence, its releasing store and the
 * coherence of a single location leave. The reader's loads are performed in any order that its acquiring load, its
 * acquiring fence and coherence leave. This is weaker than x86 (stores in order) and than ARMv8 (which has more
 * dependencies), and no weaker than the C11 model that Swift's atomics have, but for values out of thin air.
 *
 * One reader stands for all: readers write nothing, so none can tell whether there are others; and for slots and
 * header alike, which share no number.
 *
 * Each of these makes a model that must fail; SequenceModelTests runs them all:
 *	NO_RELEASE_FENCE	the writer's fence after the odd number is left out
 *	RELAXED_LAST_STORE	the even number is stored without releasing
 *	RELAXED_FIRST_LOAD	the number is first loaded without acquiring
 *	NO_ACQUIRE_FENCE	the reader's fence after the data is left out
 *	NO_SECOND_LOAD		the reader does not look again
 *	SHORT_NUMBER		a number of two bits, which comes round during one copy
 *	READ_LOCK		the writer waits for readers, one of which stops for ever
 *	MUST_NOT_ACCEPT		says that no reader ever gets the last value: it does
 * And one that must hold:
 *	DEAD_WRITER		the table was left half written by a writer that died
 */

#ifndef WRITES
#define WRITES	3
#endif
#define STORES	(4 * WRITES)	/* of a write: odd number, first cell, second cell, even number */

#ifdef SHORT_NUMBER
#define NUMBER(n)	((n) & 3)
#else
#define NUMBER(n)	(n)
#endif

/* Memory as the reader sees it. */
#ifdef DEAD_WRITER
byte number = 1;
byte firstCell = 99;
#else
byte number;
byte firstCell;
#endif
byte secondCell;

/* The writer's stores in its order: how many it has issued, and which of these have come into memory. */
byte issued;
bool seen[STORES];
bool isDone;

/* What the last copy that was accepted held, for coherence. */
byte accepted;
byte reading;

inline commit(k)
{
	if
	:: k % 4 == 0 -> number = NUMBER(2 * (k / 4) + 1)
	:: k % 4 == 1 -> firstCell = k / 4 + 1
	:: k % 4 == 2 -> secondCell = k / 4 + 1
	:: k % 4 == 3 -> number = NUMBER(2 * (k / 4) + 2)
	fi;
	seen[k] = true
}

/* Whether store j has to come into memory before the later store k. */
#define SAME_LOCATION(j, k)	((j) % 4 == (k) % 4 || ((j) % 4 == 0 && (k) % 4 == 3) || ((j) % 4 == 3 && (k) % 4 == 0))

#ifdef NO_RELEASE_FENCE
#define FENCED(j, k)	false
#else
/* The fence of write w lies behind store 4w: no store behind it comes before any that is in front of it. */
#define FENCED(j, k)	((k) > 0 && (j) <= 4 * (((k) - 1) / 4))
#endif

#ifdef RELAXED_LAST_STORE
#define RELEASED(j, k)	false
#else
#define RELEASED(j, k)	((k) % 4 == 3)
#endif

#define BEFORE(j, k)	(SAME_LOCATION(j, k) || FENCED(j, k) || RELEASED(j, k))

/* Never looks at what readers do: no statement of it can be blocked. */
active proctype Writer()
{
	do
	:: issued < STORES ->
#ifdef READ_LOCK
		reading == 0 ->
#endif
		issued++
	:: issued == STORES -> break
	od;
	isDone = true
}

/* The way of a store into memory: any that is issued and has nothing in front of it. */
active proctype Memory()
{
	byte j, k;
	bool mayCome;
end:	do
	:: atomic {
		k < issued && !seen[k] ->
		mayCome = true;
		j = 0;
		do
		:: j < k ->
			if
			:: !seen[j] && BEFORE(j, k) -> mayCome = false
			:: else
			fi;
			j++
		:: j >= k -> break
		od;
		if
		:: mayCome -> commit(k)
		:: else
		fi;
		j = 0;
		mayCome = false
	}
	:: atomic { k < STORES - 1 -> k++ }
	:: atomic { k > 0 -> k = 0 }
	od
}

#ifdef RELAXED_FIRST_LOAD
#define AFTER_FIRST	true
#else
#define AFTER_FIRST	hasBefore
#endif

#ifdef NO_ACQUIRE_FENCE
#define AFTER_DATA	true
#else
#define AFTER_DATA	(hasFirst && hasSecond)
#endif

active proctype Reader()
{
	byte before, first, second, after;
	bool hasBefore, hasFirst, hasSecond, hasAfter;
end:	do
	:: reading = 1;
		/* One attempt: four loads. */
		do
		:: !hasBefore -> atomic { before = number; hasBefore = true }
		:: AFTER_FIRST && !hasFirst -> atomic { first = firstCell; hasFirst = true }
		:: AFTER_FIRST && !hasSecond -> atomic { second = secondCell; hasSecond = true }
		/* Of the same location, and so never older than the first. */
		:: hasBefore && AFTER_DATA && !hasAfter -> atomic { after = number; hasAfter = true }
		:: hasBefore && hasFirst && hasSecond && hasAfter -> break
		/* Killed or stopped in the middle. */
		:: goto stopped
		od;
		reading = 0;
		atomic {
			if
#ifdef NO_SECOND_LOAD
			:: before % 2 == 0 ->
#else
			:: before % 2 == 0 && after == before ->
#endif
				assert(first == second);
				assert(first >= accepted);
#ifndef SHORT_NUMBER
				assert(first == before / 2);
#endif
				accepted = first;
#ifdef MUST_NOT_ACCEPT
				assert(first < WRITES);
#endif
			:: else
			fi;
			before = 0; first = 0; second = 0; after = 0;
			hasBefore = false; hasFirst = false; hasSecond = false; hasAfter = false
		}
	od;
stopped:
	before = 0
}

ltl writerNeverWaits { <> isDone }
