/* Written by TestModelStepsAsTheCode in payments/model_table_test.go from
   stepAttempt and stepRefund in payments/step.go. Not to be edited: go test
   ./payments -run TestModelStepsAsTheCode -update writes it anew.

   call c was answered with outcome o; closed: the answer's own stamp is at or
   after expiry + 60 s; late: and an hour more; once: no other copy of the
   request was ever sent. What is not listed changes nothing. */

inline step(a, c, o, closed, late, once) {
	if
	:: J[a] == Intent && c == pay ->
		if
		:: o == succeeded -> J[a] = Paid; known[a] = 1
		:: o == declined && once -> J[a] = Failed
		:: o == declined && !once -> J[a] = Unknown
		:: o == in_progress -> J[a] = Unknown; known[a] = 1
		:: o == not_sent && once -> J[a] = Failed
		:: o == not_sent && !once -> J[a] = Unknown
		:: o == unsure -> J[a] = Unknown
		:: else
		fi
	:: J[a] == Intent && c == inquire ->
		if
		:: o == succeeded -> J[a] = Paid; known[a] = 1
		:: o == declined -> J[a] = Failed
		:: o == cancelled && closed -> J[a] = Cancelled; known[a] = 1
		:: o == cancelled && !closed -> J[a] = CancelSeen; known[a] = 1
		:: o == in_progress -> J[a] = Unknown; known[a] = 1
		:: o == not_found && known[a] && closed && late -> J[a] = Failed
		:: o == not_found && known[a] && closed && !late -> J[a] = Unknown
		:: o == not_found && known[a] && !closed -> J[a] = Unknown
		:: o == not_found && !known[a] && closed -> J[a] = Failed
		:: o == not_found && !known[a] && !closed -> J[a] = Unknown
		:: o == not_sent -> J[a] = Unknown
		:: o == unsure -> J[a] = Unknown
		:: else
		fi
	:: J[a] == Unknown && c == pay ->
		if
		:: o == succeeded -> J[a] = Paid; known[a] = 1
		:: o == declined && once -> J[a] = Failed
		:: o == in_progress -> known[a] = 1
		:: o == not_sent && once -> J[a] = Failed
		:: else
		fi
	:: J[a] == Unknown && c == inquire ->
		if
		:: o == succeeded -> J[a] = Paid; known[a] = 1
		:: o == declined -> J[a] = Failed
		:: o == cancelled && closed -> J[a] = Cancelled; known[a] = 1
		:: o == cancelled && !closed -> J[a] = CancelSeen; known[a] = 1
		:: o == in_progress -> known[a] = 1
		:: o == not_found && known[a] && closed && late -> J[a] = Failed
		:: o == not_found && !known[a] && closed -> J[a] = Failed
		:: else
		fi
	:: J[a] == Cancelling && c == pay ->
		if
		:: o == succeeded -> known[a] = 1
		:: o == in_progress -> known[a] = 1
		:: o == not_sent && poor[a] && once -> J[a] = Cancelled; poor[a] = 0
		:: o == not_sent && !poor[a] && once -> J[a] = Cancelled
		:: else
		fi
	:: J[a] == Cancelling && c == inquire ->
		if
		:: o == succeeded -> known[a] = 1
		:: o == declined && poor[a] -> J[a] = Cancelled; poor[a] = 0
		:: o == declined && !poor[a] -> J[a] = Cancelled
		:: o == cancelled && poor[a] && closed -> J[a] = Cancelled; known[a] = 1; poor[a] = 0
		:: o == cancelled && poor[a] && !closed -> J[a] = CancelSeen; known[a] = 1; poor[a] = 0
		:: o == cancelled && !poor[a] && closed -> J[a] = Cancelled; known[a] = 1
		:: o == cancelled && !poor[a] && !closed -> J[a] = CancelSeen; known[a] = 1
		:: o == in_progress -> known[a] = 1
		:: o == not_found && poor[a] && closed && late -> J[a] = Cancelled; poor[a] = 0
		:: o == not_found && !poor[a] && known[a] && closed && late -> J[a] = Cancelled
		:: o == not_found && !poor[a] && !known[a] && closed -> J[a] = Cancelled
		:: else
		fi
	:: J[a] == Cancelling && c == cancel ->
		if
		:: o == succeeded && poor[a] && closed -> J[a] = Cancelled; poor[a] = 0
		:: o == succeeded && poor[a] && !closed -> J[a] = CancelSeen; poor[a] = 0
		:: o == succeeded && !poor[a] && closed -> J[a] = Cancelled
		:: o == succeeded && !poor[a] && !closed -> J[a] = CancelSeen
		:: o == not_found && poor[a] && closed && late -> J[a] = Cancelled; poor[a] = 0
		:: o == not_found && !poor[a] && known[a] && closed && late -> J[a] = Cancelled
		:: o == not_found && !poor[a] && !known[a] && closed -> J[a] = Cancelled
		:: o == not_allowed && poor[a] -> J[a] = Resolve; poor[a] = 0
		:: o == not_allowed && !poor[a] -> J[a] = Resolve
		:: o == short_funds && !poor[a] -> poor[a] = 1
		:: else
		fi
	:: J[a] == CancelSeen && c == pay ->
		if
		:: o == succeeded -> J[a] = Cancelling; known[a] = 1
		:: o == in_progress -> known[a] = 1
		:: else
		fi
	:: J[a] == CancelSeen && c == inquire ->
		if
		:: o == succeeded -> J[a] = Cancelling; known[a] = 1
		:: o == declined && closed -> J[a] = Cancelled
		:: o == cancelled && closed -> J[a] = Cancelled; known[a] = 1
		:: o == cancelled && !closed -> known[a] = 1
		:: o == in_progress -> known[a] = 1
		:: o == not_found && known[a] && closed && late -> J[a] = Cancelled
		:: o == not_found && !known[a] && closed -> J[a] = Cancelled
		:: else
		fi
	:: J[a] == CancelSeen && c == cancel ->
		if
		:: o == not_found && known[a] && closed && late -> J[a] = Cancelled
		:: o == not_found && !known[a] && closed -> J[a] = Cancelled
		:: else
		fi
	:: J[a] == Resolve && c == pay ->
		if
		:: o == succeeded -> known[a] = 1
		:: o == in_progress -> known[a] = 1
		:: else
		fi
	:: J[a] == Resolve && c == inquire ->
		if
		:: o == succeeded -> known[a] = 1
		:: o == declined -> J[a] = Cancelled
		:: o == cancelled && closed -> J[a] = Cancelled; known[a] = 1
		:: o == cancelled && !closed -> known[a] = 1
		:: o == in_progress -> known[a] = 1
		:: o == not_found && closed && late -> J[a] = Cancelled
		:: else
		fi
	:: J[a] == Resolve && c == cancel ->
		if
		:: o == not_found && closed && late -> J[a] = Cancelled
		:: else
		fi
	:: J[a] == Paid && c == pay ->
		if
		:: o == declined && !contested[a] && once -> contested[a] = 1; alarm = 1
		:: else
		fi
	:: J[a] == Paid && c == inquire ->
		if
		:: o == succeeded && contested[a] -> known[a] = 1; contested[a] = 0
		:: o == declined && contested[a] -> J[a] = Resolve; contested[a] = 0; alarm = 1
		:: o == declined && !contested[a] -> contested[a] = 1; alarm = 1
		:: o == cancelled && contested[a] -> J[a] = Resolve; known[a] = 1; contested[a] = 0; alarm = 1
		:: o == cancelled && !contested[a] -> known[a] = 1; contested[a] = 1; alarm = 1
		:: else
		fi
	:: J[a] == PaidLate && c == pay ->
		if
		:: o == declined && !contested[a] && once -> contested[a] = 1; alarm = 1
		:: else
		fi
	:: J[a] == PaidLate && c == inquire ->
		if
		:: o == succeeded && contested[a] -> known[a] = 1; contested[a] = 0
		:: o == declined && contested[a] -> J[a] = Resolve; contested[a] = 0; alarm = 1
		:: o == declined && !contested[a] -> contested[a] = 1; alarm = 1
		:: o == cancelled && contested[a] -> J[a] = Resolve; known[a] = 1; contested[a] = 0; alarm = 1
		:: o == cancelled && !contested[a] -> known[a] = 1; contested[a] = 1; alarm = 1
		:: else
		fi
	:: J[a] == Failed && c == pay ->
		if
		:: o == succeeded && !contested[a] -> known[a] = 1; contested[a] = 1; alarm = 1
		:: else
		fi
	:: J[a] == Failed && c == inquire ->
		if
		:: o == succeeded && contested[a] -> J[a] = Resolve; known[a] = 1; contested[a] = 0; alarm = 1
		:: o == succeeded && !contested[a] -> known[a] = 1; contested[a] = 1; alarm = 1
		:: o == declined && contested[a] -> contested[a] = 0
		:: o == cancelled && contested[a] -> known[a] = 1; contested[a] = 0
		:: o == not_found && contested[a] && known[a] && closed && late -> contested[a] = 0
		:: o == not_found && contested[a] && !known[a] && closed -> contested[a] = 0
		:: else
		fi
	:: J[a] == Cancelled && c == pay ->
		if
		:: o == succeeded && !contested[a] -> known[a] = 1; contested[a] = 1; alarm = 1
		:: else
		fi
	:: J[a] == Cancelled && c == inquire ->
		if
		:: o == succeeded && contested[a] -> J[a] = Resolve; known[a] = 1; contested[a] = 0; alarm = 1
		:: o == succeeded && !contested[a] -> known[a] = 1; contested[a] = 1; alarm = 1
		:: o == declined && contested[a] -> contested[a] = 0
		:: o == cancelled && contested[a] -> known[a] = 1; contested[a] = 0
		:: o == not_found && contested[a] && known[a] && closed && late -> contested[a] = 0
		:: o == not_found && contested[a] && !known[a] && closed -> contested[a] = 0
		:: else
		fi
	:: else
	fi
}

inline step_refund(a, c, o, once) {
	if
	:: R[a] == RefundIntent && c == refund ->
		if
		:: o == succeeded -> R[a] = Refunded
		:: o == declined && once -> R[a] = RefundFailed
		:: o == declined && !once && rrefused[a] -> R[a] = RefundUnknown
		:: o == declined && !once && !rrefused[a] -> R[a] = RefundUnknown; rrefused[a] = 1
		:: o == in_progress -> R[a] = RefundUnknown
		:: o == not_sent && once -> R[a] = RefundFailed
		:: o == not_sent && !once -> R[a] = RefundUnknown
		:: o == unsure -> R[a] = RefundUnknown
		:: else
		fi
	:: R[a] == RefundIntent && c == inquire_refund ->
		if
		:: o == succeeded -> R[a] = Refunded
		:: o == declined -> R[a] = RefundFailed
		:: o == in_progress -> R[a] = RefundUnknown
		:: o == not_found && rrefused[a] -> R[a] = RefundFailed
		:: o == not_found && !rrefused[a] -> R[a] = RefundUnknown
		:: o == not_sent -> R[a] = RefundUnknown
		:: o == unsure -> R[a] = RefundUnknown
		:: else
		fi
	:: R[a] == RefundUnknown && c == refund ->
		if
		:: o == succeeded -> R[a] = Refunded
		:: o == declined && once -> R[a] = RefundFailed
		:: o == declined && !once && !rrefused[a] -> rrefused[a] = 1
		:: o == not_sent && once -> R[a] = RefundFailed
		:: else
		fi
	:: R[a] == RefundUnknown && c == inquire_refund ->
		if
		:: o == succeeded -> R[a] = Refunded
		:: o == declined -> R[a] = RefundFailed
		:: o == not_found && rrefused[a] -> R[a] = RefundFailed
		:: else
		fi
	:: else
	fi
}
