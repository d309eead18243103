package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The protocol of guarded objects has no fault.
func TestGuard(t *testing.T) {
	for _, permits := range []uint8{1, 2} {
		for _, claims := range []bool{false, true} {
			r := Explore(NewGuard(0, claims, permits, 2, 1, [processes]uint8{1, 1, 1}))
			t.Log(permits, "permits, claims:", claims, r)
			require.Empty(t, r.Fault)
		}
	}
}

// Each rule of it is missed.
func TestGuardRules(t *testing.T) {
	for name, rule := range map[string]GuardRules{
		"NoRedo": GuardNoRedo, "ApplyBeforeTake": GuardApplyBeforeTake, "RepairOutside": GuardRepairOutside, "NoLookAtGuard": GuardNoLookAtGuard, "NoRing": GuardNoRing,
		"NoDuty": GuardNoDuty, "NoRecheck": GuardNoRecheck, "NoPass": GuardNoPass, "QuitQuietly": GuardQuitQuietly, "SweepWokenOnly": GuardSweepWokenOnly, "ClearFirst": GuardClearFirst,
		"UnmarkFirst": GuardUnmarkFirst, "SettleFirst": GuardSettleFirst, "KeepClaim": GuardKeepClaim, "SweepNoClaim": GuardSweepNoClaim,
	} {
		t.Run(name, func(t *testing.T) {
			claims := rule == GuardKeepClaim || rule == GuardSweepNoClaim
			found := ""
			for _, permits := range []uint8{1, 2} {
				if r := Explore(NewGuard(rule, claims, permits, 2, 1, [processes]uint8{1, 1, 1})); r.Fault != "" {
					found = r.Fault
					t.Log(permits, "permits:", r)
					break
				}
			}
			require.NotEmpty(t, found)
		})
	}
}

// The protocol of a lock has no fault.
func TestLock(t *testing.T) {
	for _, turns := range [][processes]uint8{{1, 1, 1}, {2, 1, 1}} {
		r := Explore(NewLock(0, 2, 1, turns))
		t.Log(turns, "turns:", r)
		require.Empty(t, r.Fault)
	}
}

// Each rule of it is missed.
func TestLockRules(t *testing.T) {
	for name, rule := range map[string]LockRules{
		"UnmarkFirst": LockUnmarkFirst, "SettleFirst": LockSettleFirst, "NoLook": LockNoLook, "NoDuty": LockNoDuty,
		"HandBlindly": LockHandBlindly, "NoRecheck": LockNoRecheck, "QuitQuietly": LockQuitQuietly, "QuitHeir": LockQuitHeir,
		"SweepWokenOnly": LockSweepWokenOnly, "SweepNoHanded": LockSweepNoHanded, "NoRing": LockNoRing,
	} {
		t.Run(name, func(t *testing.T) {
			r := Explore(NewLock(rule, 2, 1, [processes]uint8{2, 1, 1}))
			t.Log(r)
			require.NotEmpty(t, r.Fault)
		})
	}
}

// The slots of a queue have no fault.
func TestQueue(t *testing.T) {
	for _, roles := range [][2]Role{{Consumer, Consumer}, {Producer, Consumer}, {Consumer, Lessee}, {Returning, Lessee}, {Producer, Returning}, {Quick, Hasty}, {Quick, Consumer}, {Quick, Returning}, {Hasty, Lessee}, {Hasty, Hasty}} {
		r := Explore(NewQueue(0, 2, roles[0], roles[1], 2))
		t.Log(roles, r)
		require.Empty(t, r.Fault)
	}
}

// Each rule of it is missed.
func TestQueueRules(t *testing.T) {
	for name, rule := range map[string]QueueRules{
		"PublishFirst": QueuePublishFirst, "FreeFirst": QueueFreeFirst, "KeepReserved": QueueKeepReserved, "KeepTaken": QueueKeepTaken,
		"ReturnToBack": QueueReturnToBack, "ReturnToFront": QueueReturnToFront, "ForgetHolds": QueueForgetHolds, "TakeReserved": QueueTakeReserved, "CommitFirst": QueueCommitFirst,
	} {
		t.Run(name, func(t *testing.T) {
			var r Result
			for _, roles := range [][2]Role{{Producer, Consumer}, {Returning, Lessee}, {Quick, Hasty}} {
				if r = Explore(NewQueue(rule, 2, roles[0], roles[1], 2)); r.Fault != "" {
					break
				}
			}
			t.Log(r)
			require.NotEmpty(t, r.Fault)
		})
	}
}

// The notifications of a condition have no fault.
func TestCondition(t *testing.T) {
	for _, turns := range [][processes]uint8{{1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {2, 2, 1}} {
		r := Explore(NewCondition(0, 2, 1, turns))
		t.Log(turns, "turns:", r)
		require.Empty(t, r.Fault)
	}
}

// Each rule of it is missed.
func TestConditionRules(t *testing.T) {
	for name, rule := range map[string]ConditionRules{
		"NoPay": ConditionNoPay, "LookFirst": ConditionLookFirst, "NoLook": ConditionNoLook, "NoDuty": ConditionNoDuty,
		"QuitBlind": ConditionQuitBlind, "KeepGrants": ConditionKeepGrants, "NoRing": ConditionNoRing,
	} {
		t.Run(name, func(t *testing.T) {
			r := Explore(NewCondition(rule, 2, 1, [processes]uint8{2, 2, 1}))
			t.Log(r)
			require.NotEmpty(t, r.Fault)
		})
	}
}
