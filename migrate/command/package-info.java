/// What `migrate@catalog` can be told, and how it tells of it.
///
/// This file is the index of the folder.
package migrate.command;

//SOURCES BackUp.java
//SOURCES Baseline.java
//SOURCES Changes.java
//SOURCES Codegen.java
//SOURCES Comparison.java
//SOURCES Consent.java
//SOURCES CqlDatabase.java
//SOURCES Database.java
//SOURCES Diff.java
//SOURCES Down.java
//SOURCES DriftReport.java
//SOURCES FillBar.java
//SOURCES Fresh.java
//SOURCES GeneratedClasses.java
//SOURCES LatencyDrawing.java
//SOURCES Launch.java
//SOURCES Lint.java
//SOURCES Move.java
//SOURCES MoveBar.java
//SOURCES MoveMessages.java
//SOURCES MovePostgres.java
//SOURCES MoveRedis.java
//SOURCES MoveReport.java
//SOURCES MoveVerb.java
//SOURCES New.java
//SOURCES Plan.java
//SOURCES PostgresDatabase.java
//SOURCES Refresh.java
//SOURCES Repair.java
//SOURCES Reset.java
//SOURCES Restore.java
//SOURCES Scratch.java
//SOURCES ShowStatus.java
//SOURCES Spoken.java
//SOURCES StatusReport.java
//SOURCES StepFolder.java
//SOURCES StepTemplate.java
//SOURCES Targets.java
//SOURCES UnderWay.java
//SOURCES Up.java
//SOURCES Upkeep.java
//SOURCES Validate.java
