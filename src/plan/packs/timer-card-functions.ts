/**
 * The functions behind the triggers of timer_cards, as the application's migration 0003 makes them: Kintsugi can bring one back
 * that is missing.
 */

export const preventDuplicate = `
CREATE FUNCTION prevent_duplicate_timer_cards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM timer_cards
        WHERE hakenmoto_id = NEW.hakenmoto_id AND work_date = NEW.work_date AND id <> NEW.id
    ) THEN
        RAISE EXCEPTION 'Duplicate timer card: employee % already has one on %', NEW.hakenmoto_id, NEW.work_date;
    END IF;
    RETURN NEW;
END $$`.trim();

export const calculateHours = `
CREATE FUNCTION calculate_timer_card_hours() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    start_minute integer;
    end_minute integer;
    worked integer;
    night integer;
BEGIN
    IF NEW.clock_in IS NULL OR NEW.clock_out IS NULL THEN
        RETURN NEW;
    END IF;

    start_minute := floor(extract(epoch FROM NEW.clock_in) / 60);
    end_minute := floor(extract(epoch FROM NEW.clock_out) / 60);
    -- An overnight shift ends on the next day.
    IF NEW.clock_out < NEW.clock_in THEN
        end_minute := end_minute + 1440;
    END IF;

    worked := end_minute - start_minute - coalesce(NEW.break_minutes, 0);
    IF worked < 0 THEN
        RAISE EXCEPTION 'Break of % minutes is longer than the shift from % to %',
            NEW.break_minutes, NEW.clock_in, NEW.clock_out;
    END IF;

    -- Saturday and Sunday are holidays: all hours count as holiday hours.
    IF extract(isodow FROM NEW.work_date) IN (6, 7) THEN
        NEW.regular_hours := 0;
        NEW.overtime_hours := 0;
        NEW.night_hours := 0;
        NEW.holiday_hours := round(worked / 60.0, 2);
        RETURN NEW;
    END IF;

    -- Night is 22:00 to 05:00: minutes 0 to 300, 1320 to 1740 and 2760 to 3180 of the two days.
    night := greatest(0, least(end_minute, 300) - start_minute)
        + greatest(0, least(end_minute, 1740) - greatest(start_minute, 1320))
        + greatest(0, end_minute - greatest(start_minute, 2760));
    NEW.regular_hours := round(least(worked, 480) / 60.0, 2);
    NEW.overtime_hours := round(greatest(worked - 480, 0) / 60.0, 2);
    NEW.night_hours := round(night / 60.0, 2);
    NEW.holiday_hours := 0;
    RETURN NEW;
END $$`.trim();

export const syncFactory = `
CREATE FUNCTION sync_timer_card_factory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.hakenmoto_id IS NOT NULL THEN
        SELECT factory_id INTO NEW.factory_id FROM employees WHERE hakenmoto_id = NEW.hakenmoto_id;
    END IF;
    RETURN NEW;
END $$`.trim();

export const validateApproval = `
CREATE FUNCTION validate_approval_workflow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.is_approved THEN
        IF NEW.approved_by IS NULL THEN
            RAISE EXCEPTION 'Timer card % is approved but has no approver', NEW.id;
        END IF;
        IF NEW.approved_at IS NULL THEN
            RAISE EXCEPTION 'Timer card % is approved but has no date of approval', NEW.id;
        END IF;
    ELSE
        NEW.approved_by := NULL;
        NEW.approved_at := NULL;
    END IF;
    RETURN NEW;
END $$`.trim();

export const updateTimestamp = `
CREATE FUNCTION update_timer_card_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$`.trim();
