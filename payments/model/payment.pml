/* The life of a payment, for the model checker Spin (Promela).

   `make model` tries every order in which the till, the network, Alipay, the
   customer and the cashier can act, and says whether the promise holds in all
   of them; then it leaves out one rule after another and shows that the
   promise breaks. What an answer does to a payment is not written here: it is
   table.pml, which a test in payments writes from stepAttempt and stepRefund.
   What the till does next (planAttempt) is here by hand, with the same names.

   What is modelled
   - One sale with up to two attempts (the second is the re-scan). Each has a
     state in the journal, which is all that a crash leaves, and what the
     program remembers of it, which a crash takes. Any number of crashes, at any
     moment; a write is done or not, so a write that failed is a crash before
     or after it.
   - The network: any request and any answer may be lost; a request may arrive
     long after the till gave up on it, a cancel more than once; pay may be
     answered while an inquiry is on its way.
   - Alipay: an order is absent, waiting for the customer, paid, closed,
     cancelled, reversed (paid, then cancelled) or refunded. A cancel of an
     unknown order is "not found", or is remembered, or succeeds and is
     forgotten, each time anew. A cancel of a paid order may be not allowed
     (window, state) or lack funds. Codes that are not in our list. A replica
     that lags says "not found" until the order closes, and for an hour more
     about an order that was spoken of as if it were there: that the till was
     shown before, or whose cancel was refused.
   - The customer confirms late, refuses, or does neither; the cashier stops,
     scans again, walks away; the owner decides in Resolve.
   - The machine's clock: after a start nothing is known of Alipay's time until
     a verified answer came (heard). Until then an old answer, sent once more,
     would look fresh.

   What is abstracted away
   - Time has no length. An order is open, then closed: closed is Alipay's
     "expiry + 60 s", before which a pay that comes late may still start it and
     after which none does. Timers fire at any moment. "Ten minutes after the
     last cancel" (GoodsGiven) is "no cancel is on its way any more".
   - Amounts: every attempt is of the same amount, and the only refund is the
     one that gives all of it back after Resolve. Parts and their sums are not
     modelled.
   - A refund's course and its attempt's course take turns instead of running
     side by side. Of two answers to two copies of pay one may be lost.
   - Pay is not delivered a second time by the network itself (the till may send
     two copies): the order that it left makes the second change nothing, unless
     the first was refused without a trace.
   - With two attempts nothing is sent again, and an answer is taken the moment
     it is given; see ask. A sleeping machine is only a timer that fires late.
   - Forgery: see payments/alipay. Only what is signed gets here.

   The properties, by name
   p1  it ends: always at last final, if faults are finitely many and a person
       answers in Resolve
   p2  never paid twice: no two attempts are booked as paid, nor does Alipay
       hold both once all is settled
   p3  "not paid" is true: while the till says Failed or Cancelled, Alipay does
       not hold the money
   p4  "paid" is true: while the till says Paid or PaidLate and gives nothing
       back, Alipay holds the money; and once it was said no cancel of ours
       takes it back
   p5  when all is settled the journal says what Alipay's ledger says
   p6  a final state changes only with an alarm

   How to read a counter-example: the test keeps none. In a folder
   with a copy of *.pml, with the -D of the variant as model_test.go has them:
       spin -a -DCHECK=P3 -D... payment.pml
       gcc -w -O2 -DSAFETY -DBFS -o pan pan.c && ./pan   (BFS: the shortest one)
       spin -t -p -g -DCHECK=P3 -D... payment.pml
   The last prints the steps. J is the journal's state of attempt 0 and 1, G the
   order's at Alipay, call and ans the question under way and its answer, pa and
   ca the copies of pay and cancel still in the network. */

mtype = { None, Intent, Unknown, Cancelling, CancelSeen, Resolve, Paid, PaidLate, Failed, Cancelled };
mtype = { NoRefund, RefundIntent, RefundUnknown, Refunded, RefundFailed };
mtype = { pay, inquire, cancel, refund, inquire_refund };
mtype = { succeeded, declined, cancelled, in_progress, not_found, not_allowed, short_funds, not_sent, unsure };
mtype = { OAbsent, OWaiting, OPaid, OClosed, OCancelled, OReversed, ORefunded };

/* ---- the journal: what a crash leaves */
mtype J[2] = None;
mtype R[2] = NoRefund;
bit known[2];       /* Alipay has shown that it knows the order */
bit rrefused[2];    /* a later copy of the refund was refused */
bit contested[2];
bit poor[2];       /* the merchant's balance is too small to give back */

/* ---- the program's memory: what a crash takes */
#ifdef REPLAY
#define UNHEARD	0
#else
#define UNHEARD	1 /* it makes no difference but to old answers */
#endif
bit heard = UNHEARD;          /* a verified answer came in this start: Alipay's clock is known */
mtype call[2] = 0;  /* the inquiry, cancel or refund that is under way; 0: none */
mtype ans[2] = 0;   /* its answer; 0: not there yet */
bit stamped[2];     /* the answer's stamp is at or after expiry + 60 s */
bit later[2];       /* and an hour more */
byte paying[2];     /* copies of pay that the till waits for */
mtype payAns[2] = 0;
bit sentOnce[2];        /* this start sent pay, and only once */
byte again[2];      /* resending: 0 ruled out, 1 possible, 2 and Alipay knows no order */
bit final[2];       /* the last inquiry before cancelling was sent */
bit turn[2];        /* of cancel and inquiry by turns: the inquiry's */
byte rsent[2];      /* copies of refund sent in this start; a restart counts as one */
bit rmissing[2];    /* the refund is to be sent: it is new, or Alipay knows none */

/* ---- the network and Alipay */
byte pa[2];         /* copies of pay on their way */
bit ca[2];          /* a cancel that the till gave up on is on its way */
bit ra[2];          /* a refund that the till gave up on is on its way */
mtype G[2] = OAbsent;
bit shut[2];      /* expiry + 60 s has come */
#ifdef REPLICA
bit longShut[2];    /* and an hour more */
#define LONG(a)	longShut[a]
#else
#define LONG(a)	shut[a] /* it makes no difference but to a replica that lags */
#endif

#ifdef M_UNKNOWN_F
#define ODD	declined
#else
#define ODD	unsure
#endif
#if defined(LIAR)
#define LAGS(a)	true
#elif defined(REPLICA)
#define LAGS(a)	(!shut[O(a)] || (seen[a] || refused[a]) && !longShut[a])
#else
#define LAGS(a)	(!shut[O(a)])
#endif
#ifdef REPLICA
#define SEEN(a)	seen[a] = 1
#define REFUSED(a)	refused[a] = 1
#else
#define REFUSED(a)	skip
#define SEEN(a)	skip
#endif
#ifdef REPLAY
#define OLD(a)	old[a] = 1
#else
#define OLD(a)	skip
#endif

/* ---- what nobody in the shop knows: for the properties and the faults */
bit refused[2];     /* a cancel was refused, as if the order were there */
bit seen[2];        /* the till was shown that the order exists */
bit old[2];         /* a signed "succeeded" for this order was once sent */
bit told[2];        /* "paid" was said, and the goods went over the counter */
bit unalarmed;         /* a final state changed without an alarm */

/* Faults and crashes: without limit when safety is checked; counted where
   "finitely many" is needed. */
#ifdef FAULTS
byte faults;
#define MAYFAIL	(faults < FAULTS)
#define COUNT	faults++
#else
#define MAYFAIL	true
#define COUNT	skip
#endif
#ifdef CRASHES
byte crashes;
#define MAYCRASH	(crashes < CRASHES)
#define COUNTCRASH	crashes++
#else
#define MAYCRASH	true
#define COUNTCRASH	skip
#endif

/* Where a mutant loses attempt 0 from the journal. */
bit lost, writing, lostPaid;

#define FINAL(s)	(s == Paid || s == PaidLate || s == Failed || s == Cancelled)
#define HOLDS(a)	(J[a] == Paid || J[a] == PaidLate)
#define NOTPAID(a)	((J[a] == Failed || J[a] == Cancelled) && !contested[a])
#define BOOKED(a)	(HOLDS(a) && R[a] == NoRefund)
#define HELD(a)	(G[a] == OPaid)
#define REFUNDING(a)	(R[a] == RefundIntent || R[a] == RefundUnknown)
#define OPEN(a)	(J[a] != None && (!FINAL(J[a]) || contested[a] || REFUNDING(a)))
#define SETTLED	(!OPEN(0) && !OPEN(1) && paying[0] == 0 && paying[1] == 0)


/* What a course waits for before it asks. */
#ifdef M_NO_PROOF
#define PROVEN	true
#else
#define PROVEN	heard
#endif
#ifdef M_DECIDE_UNPROVEN
#define OWNER_PROVEN	true
#else
#define OWNER_PROVEN	PROVEN
#endif
#ifdef M_NO_RECOVERY
bit dead[2]; /* a crash came, and nobody takes it up */
#define READY(a)	(PROVEN && call[a] == 0 && !dead[a])
#else
#define READY(a)	(PROVEN && call[a] == 0)
#endif

/* Whether an old answer, sent once more, would be found out. */
#ifdef M_STALE
#define FRESH	false
#else
#define FRESH	heard
#endif

/* resendable; with two attempts to a sale nothing is sent again, to keep the
   number of states down: one attempt alone has it. */
#if defined(TWO) && !defined(M_RESEND_NEW_ID)
#define RESENDS	0
#else
#define RESENDS	1
#endif
#ifdef M_RESEND_ALWAYS
#define RESEND(a)	(J[a] != None && pa[a] == 0 && paying[a] < 2)
#else
#define RESEND(a)	((J[a] == Intent || J[a] == Unknown) && again[a] == 2 && !final[a])
#endif

/* saleFor: when the cashier may try again. */
#if defined(M_NEW_WHILE_UNKNOWN)
#define AGAIN	(J[0] == Unknown)
#elif defined(M_CODE_AGAIN)
#define AGAIN	(J[0] == Intent || J[0] == Unknown)
#else
#define AGAIN	(lost || (J[0] == Failed || J[0] == Cancelled || J[0] == CancelSeen) && !contested[0])
#endif

/* The order that an attempt's request id names. */
#ifdef M_ID_REUSED
#define O(a)	0
#else
#define O(a)	a
#endif

/* decide: what GoodsGiven asks for. */
#ifdef M_GOODS_BESIDE
#define ALONE(a)	true
#else
#define ALONE(a)	(J[1 - a] == None || (FINAL(J[1 - a]) && !HOLDS(1 - a)))
#endif
#ifdef M_DECIDE_EARLY
#define CALM(a)	true
#else
#define CALM(a)	(!ca[a])
#endif
#define CONFIRMED(a)	(G[O(a)] == OPaid || G[O(a)] == ORefunded || (old[a] && !FRESH))

#include "table.pml"

/* The request to pay leaves, or it is certain that it did not. */
inline send_pay(a) {
	paying[a]++;
	if
	:: pa[a]++
	:: payAns[a] == 0 -> payAns[a] = not_sent
	fi
}

/* Charge: the intent is on disk, then the request leaves. A request that left
   before a crash may be lost, so a crash between the two needs no step. */
inline charge(a) {
	J[a] = Intent; sentOnce[a] = 1; again[a] = RESENDS; send_pay(a)
}

/* After a step: what the program forgets because it can't matter any more. */
inline tidy(a) {
	told[a] = told[a] || BOOKED(a);
	if
	:: J[a] != Intent && J[a] != Unknown -> final[a] = 0; again[a] = 0
	:: else
	fi;
	if
	:: paying[a] == 0 && J[a] != Intent && J[a] != Unknown -> sentOnce[a] = 0
	:: else
	fi
}

inline watch_final(a) {
	if
	:: FINAL(was) && J[a] != was && !alarm -> unalarmed = 1
	:: else
	fi
}

/* take: the answer to the question under way. */
inline take(a) {
	d_step {
		o = ans[a]; c = call[a]; k = stamped[a]; l = later[a]; was = J[a]; alarm = 0;
		call[a] = 0; ans[a] = 0; stamped[a] = 0; later[a] = 0;
		if
		:: (c == inquire && (o == succeeded || o == in_progress || o == cancelled || o == declined)) -> SEEN(a)
		:: c == cancel && (o == not_allowed || o == short_funds) -> REFUSED(a)
		:: else
		fi;
		if
		:: c == inquire && again[a] > 0 && o == not_found -> again[a] = 2
		:: c == inquire && again[a] > 0 && (o == unsure || o == not_sent) -> again[a] = 1
		:: c == inquire && again[a] > 0 && o != not_found && o != unsure && o != not_sent -> again[a] = 0
		:: else
		fi;
#ifdef M_NOT_FOUND_EARLY
		if :: o == not_found -> k = 1; l = 1 :: else fi;
#endif
#ifdef M_CANCEL_ONCE
		if :: c == cancel && o == succeeded -> k = 1; l = 1 :: else fi;
#endif
#ifdef M_SHORT_FINAL
		if :: o == short_funds -> o = succeeded; k = 1; l = 1 :: else fi;
#endif
#ifdef M_FORGET_SEEN
		known[a] = 0;
#endif
#ifdef M_LATE_IS_PAID
		if :: J[a] == Cancelling && c == inquire && o == succeeded -> J[a] = Paid :: else fi;
#endif
		if
		:: c == refund || c == inquire_refund ->
			rmissing[a] = (c == inquire_refund && o == not_found);
			step_refund(a, c, o, (rsent[a] == 1));
			if
			:: R[a] == RefundFailed -> /* takeRefund: a person decides again */
				J[a] = Resolve; R[a] = NoRefund; alarm = 1
			:: else
			fi;
			if
			:: !REFUNDING(a) -> rsent[a] = 0; rmissing[a] = 0; rrefused[a] = 0
			:: else
			fi
		:: else -> step(a, c, o, k, l, 0)
		fi;
#ifdef M_SILENT
		alarm = 0;
#endif
		watch_final(a);
		if
		:: J[a] != was -> turn[a] = 0
		:: else
		fi;
		tidy(a);
		o = 0; c = 0; k = 0; l = 0; was = 0; alarm = 0
	}
}

inline take_pay(a) {
	d_step {
		o = payAns[a]; payAns[a] = 0; paying[a]--; was = J[a]; alarm = 0;
		if
		:: o == succeeded || o == in_progress -> again[a] = 0; SEEN(a)
		:: o == declined -> again[a] = 0
		:: else
		fi;
#ifdef M_ONCE_NOT_SENT
		if :: o == not_sent -> sentOnce[a] = 1 :: else fi;
#endif
#ifdef M_ONCE_DECLINED
		if :: o == declined -> sentOnce[a] = 1 :: else fi;
#endif
#ifdef M_LATE_IS_PAID
		if :: J[a] == Cancelling && o == succeeded -> J[a] = Paid :: else fi;
#endif
		step(a, pay, o, 0, 0, sentOnce[a]);
#ifdef M_SILENT
		alarm = 0;
#endif
		watch_final(a);
		if
		:: J[a] != was -> turn[a] = 0
		:: else
		fi;
		tidy(a);
		o = 0; was = 0; alarm = 0
	}
}


/* decide, in Resolve: goods given, or give back. */
inline decide(a) {
	if
	:: ALONE(a) && CALM(a) -> J[a] = PaidLate; told[a] = 1
	:: J[a] = PaidLate; R[a] = RefundIntent; rmissing[a] = 1; rsent[a] = 0; rrefused[a] = 0
	fi;
	known[a] = 1
}

/* What Alipay does with each request, and o: how it answers. */
inline arrive_pay(a) {
	if
	:: G[O(a)] == OAbsent && !shut[O(a)] ->
		if
		:: G[O(a)] = OPaid; o = succeeded
		:: G[O(a)] = OWaiting; o = in_progress
		:: G[O(a)] = OClosed; o = declined
		:: o = declined /* leaving no trace */
		/* a code that is not in our list, whatever was done */
		:: G[O(a)] = OPaid; o = ODD
		:: G[O(a)] = OWaiting; o = ODD
		fi
	:: G[O(a)] == OAbsent && shut[O(a)] -> o = declined
	:: G[O(a)] == OWaiting -> o = in_progress
	:: G[O(a)] == OPaid || G[O(a)] == ORefunded -> o = succeeded
	:: G[O(a)] == OClosed || G[O(a)] == OCancelled || G[O(a)] == OReversed -> o = declined
	fi;
	pa[a]--
}

inline arrive_inquiry(a) {
	if
	:: G[O(a)] == OAbsent -> o = not_found
	:: G[O(a)] == OWaiting -> o = in_progress
	:: G[O(a)] == OPaid || G[O(a)] == ORefunded -> o = succeeded; OLD(a)
	:: G[O(a)] == OClosed -> o = declined
	:: G[O(a)] == OCancelled || G[O(a)] == OReversed -> o = cancelled
	/* a replica that lags */
	:: G[O(a)] != OAbsent && LAGS(a) && MAYFAIL -> COUNT; o = not_found
	fi
}

inline arrive_cancel(a) {
	if
	:: G[O(a)] == OAbsent -> o = not_found
	:: G[O(a)] == OAbsent -> o = succeeded; G[O(a)] = OCancelled /* remembered */
	:: G[O(a)] == OAbsent -> o = succeeded /* forgotten */
	:: G[O(a)] == OWaiting -> o = succeeded; G[O(a)] = OCancelled
	:: G[O(a)] == OPaid -> o = succeeded; G[O(a)] = OReversed
	:: G[O(a)] == OPaid || G[O(a)] == ORefunded -> o = not_allowed
	:: G[O(a)] == OPaid && MAYFAIL -> COUNT; o = short_funds
	:: G[O(a)] == OClosed -> o = succeeded; G[O(a)] = OCancelled
	:: G[O(a)] == OClosed -> o = not_allowed
	:: G[O(a)] == OCancelled || G[O(a)] == OReversed -> o = succeeded
	fi
}

inline arrive_refund(a) {
	if
	:: G[O(a)] == OPaid -> o = succeeded; G[O(a)] = ORefunded
	:: G[O(a)] == OPaid && MAYFAIL -> COUNT; o = declined; ra[a] = 0 /* its id is used up */
	:: G[O(a)] == ORefunded -> o = succeeded
	:: G[O(a)] != OPaid && G[O(a)] != ORefunded -> o = declined
	fi
}

/* Alipay takes the question under way, and its answer comes, or is lost. */
inline answer(a) {
	if
	:: stamped[a] = shut[O(a)]; later[a] = LONG(O(a))
#ifdef M_OWN_CLOCK
	:: stamped[a] = 1; later[a] = 1 /* by a clock that is fast */
#endif
	fi;
	if
	:: call[a] == inquire -> arrive_inquiry(a)
#ifdef M_OTHER_ID
	/* An answer about the other attempt is believed. */
	:: call[a] == inquire && J[1 - a] != None -> arrive_inquiry((1 - a))
#endif
	:: call[a] == cancel -> arrive_cancel(a)
	:: call[a] == refund -> arrive_refund(a)
	:: call[a] == inquire_refund && G[O(a)] == ORefunded -> o = succeeded
	:: call[a] == inquire_refund && G[O(a)] != ORefunded -> o = not_found
	fi;
	if
	:: ans[a] = o
	:: MAYFAIL -> COUNT; ans[a] = unsure; stamped[a] = 0; later[a] = 0 /* the answer is lost */
	fi;
	o = 0
}

/* The till asks. With two attempts to a sale the answer is taken at once, or
   the till gives up on a question that is still on its way: what happens
   between a question, its answer and its being taken is left to one attempt
   alone, whose every state is looked at. */
inline ask(a, what) {
	call[a] = what; turn[a] = !turn[a] && (what == cancel || J[a] == Cancelling);
#ifdef TWO
	if
	:: answer(a)
	:: MAYFAIL -> COUNT; ans[a] = unsure; ca[a] = ca[a] || what == cancel; ra[a] = ra[a] || what == refund
	fi;
	take(a)
#endif
}

/* The minute after expiry is over: who did not confirm by now can't any more. */
inline expire(a) {
	shut[a] = 1;
	pa[a] = 0; /* what comes now is refused */
	if
	:: G[a] == OWaiting -> G[a] = OClosed
	:: else
	fi
}

/* Till: one attempt's course, and what step makes of its answers. */
proctype Till(byte a) {
	mtype o = 0, c = 0, was = 0; bit k = 0, l = 0, alarm = 0;
end:	do
	/* Charge: only once Alipay was heard in this start. */
#ifdef M_NO_INTENT_FIRST
	:: atomic { a == 0 && PROVEN && J[0] == None && !lost && !writing -> send_pay(0); writing = 1 }
	:: atomic { a == 0 && writing && !lost -> J[0] = Intent; sentOnce[0] = 1; again[0] = RESENDS; writing = 0 }
#else
	:: atomic { a == 0 && PROVEN && J[0] == None && !lost -> charge(0) }
#endif
#ifdef M_SEND_UNWRITTEN
	/* The write of the intent failed, nothing is on disk, and pay leaves. */
	:: atomic { a == 0 && PROVEN && J[0] == None && !lost -> pa[0] = 1; lost = 1 }
#endif

	/* planAttempt */
	:: atomic { READY(a) && J[a] == Intent && paying[a] > 0 && again[a] > 0 -> J[a] = Unknown }
	:: atomic { READY(a) && (J[a] == Intent || J[a] == Unknown) && !final[a] ->
		if
		:: final[a] = 1 /* expiry by the till's clock, or Stop */
		:: !shut[a]
		fi;
		ask(a, inquire) }
	:: atomic { READY(a) && (J[a] == Intent || J[a] == Unknown) && final[a] ->
#ifdef M_NO_CANCELLING_FIRST
		ask(a, cancel) }
#else
		J[a] = Cancelling; tidy(a) }
#endif
	:: atomic { READY(a) && RESEND(a) && !shut[a] ->
#ifdef M_RESEND_NEW_ID
		again[a] = 0;
		if
		:: J[1] == None -> charge(1); again[1] = 0
		:: else
		fi }
#else
		again[a] = 0; sentOnce[a] = 0; send_pay(a) }
#endif
	:: atomic { READY(a) && J[a] == Cancelling && !turn[a] -> ask(a, cancel) }
	:: atomic { READY(a) && J[a] == Cancelling && turn[a] -> ask(a, inquire) }
	:: atomic { READY(a) && (J[a] == CancelSeen || J[a] == Resolve) -> ask(a, inquire) }
	:: atomic { READY(a) && FINAL(J[a]) && contested[a] -> ask(a, inquire) }

	/* planRefund */
	:: atomic { READY(a) && REFUNDING(a) && rmissing[a] && !rrefused[a] ->
		rmissing[a] = 0; rsent[a] = (rsent[a] < 2 -> rsent[a] + 1 : 2); ask(a, refund) }
	:: atomic { READY(a) && REFUNDING(a) && !rmissing[a] && !rrefused[a] -> ask(a, inquire_refund) }
	/* A minute after the last copy: what has not arrived never will. */
	:: atomic { READY(a) && REFUNDING(a) && rrefused[a] && ra[a] -> ra[a] = 0 }
	:: atomic { READY(a) && REFUNDING(a) && rrefused[a] && !ra[a] -> ask(a, inquire_refund) }

	/* Answers. */
	:: atomic { call[a] != 0 && ans[a] != 0 -> take(a) }
	:: atomic { payAns[a] != 0 -> take_pay(a) }

	/* Deadlines: what was asked may still be on its way. */
	:: atomic { call[a] != 0 && ans[a] == 0 && MAYFAIL -> COUNT;
		ans[a] = unsure; ca[a] = ca[a] || call[a] == cancel; ra[a] = ra[a] || call[a] == refund }
	:: atomic { paying[a] > 0 && payAns[a] == 0 -> payAns[a] = unsure }
	od
}

/* Crash, and the next start: everything open is taken up from the journal, and
   pay is never sent by that. */
proctype Crash() {
	byte a = 0;
end:	do
	:: atomic { MAYCRASH -> COUNTCRASH;
		d_step {
			do
			:: a < 2 ->
				ca[a] = ca[a] || (call[a] == cancel && ans[a] == 0);
				ra[a] = ra[a] || (call[a] == refund && ans[a] == 0);
				call[a] = 0; ans[a] = 0; stamped[a] = 0; later[a] = 0; paying[a] = 0; payAns[a] = 0;
				sentOnce[a] = 0; again[a] = 0; final[a] = 0; turn[a] = 0; rmissing[a] = 0;
				rsent[a] = (REFUNDING(a) -> 1 : 0);
#ifdef M_NO_RECOVERY
				dead[a] = OPEN(a);
#endif
#ifdef M_RECOVERY_PAYS
				if
				:: J[a] == Intent -> pa[a] = 1; sentOnce[a] = 1; paying[a] = 1
				:: else
				fi;
#endif
				a++
			:: else -> break
			od;
			a = 0; heard = UNHEARD
		};
#ifdef M_RECOVERY_PAYS
		if
		:: J[0] == Intent -> pa[0] = 0; payAns[0] = not_sent
		:: else
		fi;
#endif
#ifdef M_NO_INTENT_FIRST
		if
		:: writing -> writing = 0; lost = 1
		:: else
		fi;
#endif
#ifdef RESTORE
		/* A backup from before the sale takes the journal's place. */
		if
		:: J[0] != None && !lost -> lost = 1; lostPaid = BOOKED(0); J[0] = None; R[0] = NoRefund; known[0] = 0; contested[0] = 0; poor[0] = 0
		:: skip
		fi
#endif
	}
	od
}

/* Heartbeat: a signed question for an id that can't exist. */
proctype Heartbeat() {
end:	do
	:: atomic { !heard -> heard = 1 }
	od
}

/* The cashier: a second attempt at the sale, with a new code. */
proctype Cashier() {
end:	do
#ifdef TWO
	:: atomic { PROVEN && J[1] == None && AGAIN -> charge(1) }
#endif
#ifdef M_PAID_CANCELLED
	:: atomic { J[0] == Paid -> J[0] = Cancelling }
#endif
	:: false
	od
}

/* The owner: Decide, in Resolve. Alipay is asked first, and only a payment that
   it confirms now is decided. */
proctype Owner() {
	byte a = 0;
end:	do
	:: atomic { OWNER_PROVEN && J[0] == Resolve && CONFIRMED(0) -> a = 0; decide(a); a = 0 }
	:: atomic { OWNER_PROVEN && J[1] == Resolve && CONFIRMED(1) -> a = 1; decide(a); a = 0 }
	od
}

/* Alipay answers the inquiry, cancel or refund that the till waits for. */
proctype Alipay(byte a) {
	mtype o = 0;
end:	do
	:: atomic { call[a] != 0 && ans[a] == 0 -> answer(a) }
	:: atomic { call[a] == refund && ans[a] == 0 && MAYFAIL -> COUNT; ans[a] = not_sent }
#ifdef M_ACCOUNT
	/* Asked about under another account, which has no such order. */
	:: atomic { call[a] == inquire && ans[a] == 0 -> ans[a] = not_found; stamped[a] = shut[a]; later[a] = LONG(a) }
#endif
	/* An old answer, sent once more: believed only while it looks fresh. */
	:: atomic { call[a] == inquire && ans[a] == 0 && old[a] && !FRESH -> ans[a] = succeeded; stamped[a] = 0 }
	od
}

/* What is still on its way in the network. */
proctype Stray(byte a) {
	mtype o = 0;
end:	do
	:: atomic { pa[a] > 0 ->
		arrive_pay(a);
		if
		:: paying[a] > 0 && payAns[a] == 0 -> payAns[a] = o
		:: skip /* the answer is lost, or comes too late */
		fi;
		o = 0 }
	:: atomic { pa[a] > 0 -> pa[a]-- }
	:: atomic { ca[a] -> arrive_cancel(a); o = 0;
		if
		:: ca[a] = 0
		:: skip /* it is delivered once more, later */
		fi }
	:: atomic { ca[a] -> ca[a] = 0 }
	:: atomic { ra[a] -> ra[a] = 0; arrive_refund(a); o = 0 }
	:: atomic { ra[a] -> ra[a] = 0 }
	od
}

proctype Time() {
end:	do
	:: atomic { !shut[0] && (J[0] != None || pa[0] > 0 || G[0] != OAbsent) -> expire(0) }
#ifdef REPLICA
	:: atomic { shut[0] && !longShut[0] -> longShut[0] = 1 }
#endif
	:: atomic { !shut[1] && shut[0] && J[1] != None -> expire(1) }
	od
}

proctype Customer() {
end:	do
	:: atomic { G[0] == OWaiting -> G[0] = OPaid }
	:: atomic { G[0] == OWaiting -> G[0] = OClosed }
	:: atomic { G[1] == OWaiting -> G[1] = OPaid }
	:: atomic { G[1] == OWaiting -> G[1] = OClosed }
	od
}

init {
	atomic {
		run Till(0); run Alipay(0); run Stray(0);
		run Till(1); run Alipay(1); run Stray(1);
		run Crash(); run Heartbeat(); run Cashier(); run Owner(); run Time(); run Customer()
	}
}

#define P2	(!(BOOKED(0) && BOOKED(1)) && !(SETTLED && HELD(0) && HELD(1)))
#define P3	(!(NOTPAID(0) && HELD(0)) && !(NOTPAID(1) && HELD(1)))
#define P4	(!(told[0] && G[O(0)] == OReversed) && !(told[1] && G[O(1)] == OReversed) && !(BOOKED(0) && !HELD(O(0))) && !(BOOKED(1) && !HELD(O(1))) && !(lostPaid && BOOKED(1) && HELD(0) + HELD(1) < 2))
#define P5	(!SETTLED || (BOOKED(0) == HELD(0) && BOOKED(1) == HELD(1)))
#define P6	(!unalarmed)

#define SAFE	(P2 && P3 && P4 && P5 && P6)

/* -DCHECK=P3 asks about one property, -DCHECK=P1 whether it ends. */
#ifndef CHECK
#define CHECK	SAFE
#endif
#ifdef LIVE
ltl p1 { <>[] SETTLED }
#else
ltl holds { [] CHECK }
#endif
